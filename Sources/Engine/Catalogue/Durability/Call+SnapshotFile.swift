// The temporary file of a snapshot, opened and deleted by the host beside everything else: on a file system that stands
// still either takes as long as that does. The walk does not wait for it, its bytes do.
extension Call {
  /// Has the file of the snapshot under way opened, once that of the one before is gone, which may have the same name.
  mutating func openSnapshotFile() {
    guard let job = snapshot, let destination = job.destination, job.file == nil, !job.isOpening,
      abandonedSnapshot == nil
    else { return }
    job.isOpening = true
    job.noteOperation(now: now.monotonicMicroseconds)
    cause(.openSnapshot(path: destination.temporaryPath))
  }

  /// The file is open, or not to be had.
  mutating func snapshotOpened(_ result: Result<OpenFile, FileFailure>) {
    guard let job = abandonedSnapshot ?? snapshot, job.isOpening else { return }
    job.isOpening = false
    switch result {
    case .success(let file):
      job.file = file
      if abandonedSnapshot != nil { removeAbandonedFile() }
    case .failure(let failure):
      if abandonedSnapshot != nil { return snapshotRemoved() }
      logLine(.warning, "Failed opening the temp RDB file for saving: \(failure.reason)")
      endSnapshot(job, succeeded: false)
    }
  }

  /// A snapshot needs its file no more.
  /// - Parameter isInPlace: whether it has its name, and stays.
  mutating func releaseFile(of job: SnapshotJob, isInPlace: Bool) {
    if isInPlace {
      if let file = job.file { cause(.closeFile(file)) }
    } else if job.file != nil || job.isOpening {
      abandonedSnapshot = job
      // What the kernel holds must stay until it says that it is done with it.
      if !job.isFileHeld { removeAbandonedFile() }
    }
  }

  /// The kernel holds nothing any more of the snapshot that was given up.
  mutating func removeAbandonedFile() {
    guard let destination = abandonedSnapshot?.destination else { return }
    cause(.removeSnapshot(path: destination.temporaryPath))
  }

  /// Nothing is left of the snapshot that was given up but the file without a name.
  mutating func snapshotRemoved() {
    if let file = abandonedSnapshot?.file { cause(.closeFile(file)) }
    abandonedSnapshot = nil
    openSnapshotFile()
  }
}
