import Foundation
import Glibc
import Synchronization
import Testing

@testable import BenchKit

@Suite(.serialized) struct OpenLoopTests {
  @Test func constantArrivalsAreEvenlySpaced() {
    var schedule = ArrivalSchedule(origin: 1000, commandsPerSecond: 1e6, arrivals: .constant, seed: 1)
    for step in 1...1000 as ClosedRange<UInt64> {
      #expect(schedule.next == 1000 + step * 1000)
      schedule.advance()
    }
  }

  @Test func poissonArrivalsHaveTheirRateAndSpread() {
    var schedule = ArrivalSchedule(origin: 0, commandsPerSecond: 1e6, arrivals: .poisson, seed: 3)
    let count = 200_000
    var gaps: [Double] = []
    var last = 0.0
    for _ in 0..<count {
      gaps.append(Double(schedule.next) - last)
      last = Double(schedule.next)
      schedule.advance()
    }
    let mean = gaps.reduce(0, +) / Double(count)
    let deviation = (gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
    #expect(abs(mean - 1000) < 15)
    // An exponential gap deviates as much as it means.
    #expect(abs(deviation - mean) < 0.03 * mean)
  }

  /// A server that answers at once, but stands still once for 300 ms: a generator that waits for its replies would see
  /// one slow command; the commands that were due meanwhile must all count their wait.
  @Test func aStallCountsForEveryCommandThatWasDue() throws {
    let server = try StallingServer(stallAfter: 400, stallSeconds: 0.3)
    var plan = LoadPlan(endpoint: .tcp(host: "127.0.0.1", port: server.port))
    plan.clients = 4
    plan.commands = ["ping"]
    plan.extent = .seconds(1, warmUp: 0)
    plan.pace = .openLoop(commandsPerSecond: 1000, arrivals: .constant)
    let trace = try LoadGenerator.trace(plan) {}
    let report = trace.report
    server.join()
    // The picture shows the stall where it was, and says of the time before it that nothing happened.
    let slices = trace.timeline(every: 0.05)
    #expect(slices.count == 20 && slices.reduce(0) { $0 + $1.count } == report.commands)
    #expect(slices.firstIndex { $0.max > 250_000 }.map { (7...9).contains($0) } == true)
    #expect(trace.latency(from: 0, to: 0.3).map { $0.max < 100_000 } == true)
    #expect(trace.latency(from: 2, to: 3) == nil)
    #expect((990...1001).contains(report.commands))
    #expect(report.unanswered == 0 && report.errors == 0)
    // 300 of 1000 commands fell due in the stall, and waited 150 ms on average.
    #expect(report.latency.p50 < 20_000)
    #expect(report.latency.p90 > 150_000 && report.latency.p90 < 290_000)
    #expect(report.latency.max > 280_000)
  }
}

/// Answers +PONG to each PING of any number of clients, on one thread.
final class StallingServer: Sendable {
  let port: Int
  private let done = DispatchSemaphore(value: 0)

  init(stallAfter: Int, stallSeconds: Double) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(listener, pointer, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, pointer, &length) == 0
      }
    }
    guard bound else { throw BenchError("no listener") }
    port = Int(UInt16(bigEndian: address.sin_port))
    let done = self.done
    Thread.detachNewThread {
      Self.serve(listener, stallAfter, stallSeconds)
      done.signal()
    }
  }

  func join() { done.wait() }

  private static func serve(_ listener: Int32, _ stallAfter: Int, _ stallSeconds: Double) {
    var sockets = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
    var answered = 0
    var seen = 0
    let request = "*1\r\n$4\r\nPING\r\n".utf8.count
    var buffer = [UInt8](repeating: 0, count: 4096)
    while seen == 0 || sockets.count > 1 {
      poll(&sockets, nfds_t(sockets.count), 1000)
      for entry in sockets where entry.revents != 0 {
        if entry.fd == listener {
          sockets.append(pollfd(fd: accept(listener, nil, nil), events: Int16(POLLIN), revents: 0))
          seen += 1
          continue
        }
        let count = recv(entry.fd, &buffer, buffer.count, 0)
        guard count > 0 else {
          close(entry.fd)
          sockets.removeAll { $0.fd == entry.fd }
          continue
        }
        let before = answered
        answered += count / request
        if before < stallAfter && answered >= stallAfter { sleepSeconds(stallSeconds) }
        let reply = String(repeating: "+PONG\r\n", count: count / request)
        _ = send(entry.fd, reply, reply.utf8.count, Int32(MSG_NOSIGNAL))
      }
    }
    close(listener)
  }
}
