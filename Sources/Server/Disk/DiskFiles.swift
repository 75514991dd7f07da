internal import Engine
internal import Glibc

/// The disk for the engine's rare and small operations, done at once. Data goes through the ring (`Loop+Files`).
struct DiskFiles: FileSystem {
  func size(of path: String) -> Int? { Files.size(path) }

  func size(of file: OpenFile) -> Int? { Files.size(file.descriptor) }

  func contents(of path: String) throws(FileFailure) -> [UInt8] {
    do throws(Errno) { return try Files.readAll(path) } catch { throw FileFailure(error) }
  }

  func replace(_ path: String, with bytes: [UInt8]) throws(FileFailure) {
    do throws(Errno) {
      try Files.replace(path, with: bytes)
      try Files.syncDirectory(of: path)
    } catch { throw FileFailure(error) }
  }

  func replace(_ files: [(path: String, bytes: [UInt8])]) throws(FileFailure) {
    do throws(Errno) {
      for file in files { try Files.replace(file.path, with: file.bytes) }
      if let last = files.last { try Files.syncDirectory(of: last.path) }
    } catch { throw FileFailure(error) }
  }

  func rename(_ path: String, to newPath: String) throws(FileFailure) {
    do throws(Errno) {
      try Files.rename(path, to: newPath)
      try Files.syncDirectory(of: newPath)
    } catch { throw FileFailure(error) }
  }

  func remove(_ path: String) { Files.remove(path) }

  func sync(_ path: String) throws(FileFailure) {
    do throws(Errno) { try Files.sync(path) } catch { throw FileFailure(error) }
  }

  func makeDirectory(_ path: String) throws(FileFailure) {
    do throws(Errno) {
      try Files.makeDirectory(path)
      try Files.syncDirectory(of: path)
    } catch { throw FileFailure(error) }
  }

  func open(_ path: String, for use: FileUse) throws(FileFailure) -> OpenFile {
    do throws(Errno) {
      switch use {
      case .reading: return OpenFile(descriptor: try Files.openToRead(path))
      case .appending: return OpenFile(descriptor: try Files.openToAppend(path))
      case .writing: return OpenFile(descriptor: try Files.openAnew(path))
      case .scratch: return OpenFile(descriptor: try Files.openNameless(in: path))
      }
    } catch { throw FileFailure(error) }
  }

  func close(_ file: OpenFile) { _ = Glibc.close(file.descriptor) }

  func read(_ file: OpenFile, atMost limit: Int, into buffer: inout ByteBuffer) throws(FileFailure) -> Int {
    do throws(Errno) { return try Files.read(file.descriptor, atMost: limit, into: &buffer) } catch {
      throw FileFailure(error)
    }
  }

  func truncate(_ path: String, to byteCount: Int) throws(FileFailure) {
    do throws(Errno) { try Files.truncate(path, to: byteCount) } catch { throw FileFailure(error) }
  }

  func names(in directory: String) -> [String] { Files.names(in: directory) }

  func isRunning(process: Int32) -> Bool { Process.isRunning(process) }
}

extension FileFailure {
  init(_ errno: Errno) { self.init(code: errno.code, reason: errno.description) }
}
