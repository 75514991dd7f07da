/// Where the memory goes: what INFO memory, MEMORY STATS and MEMORY DOCTOR tell, worked out once.
///
/// Source: Redis's `getMemoryOverheadData`. Ratios are 0 where nothing was measured.
struct MemoryReport {
  var used = 0
  var peak = 0
  var startup = 0
  /// Bytes that are not keys and values.
  var overhead = 0
  var replicaClients = 0
  var normalClients = 0
  /// Bytes of each database's table, by the database's number; only those that hold keys.
  var tables: [(database: Int, bytes: Int)] = []
  var keys = 0

  var allocated = 0
  var active = 0
  var allocatorResident = 0
  var resident = 0

  var peakPercentage: Double { peak > 0 ? Double(used) / Double(peak) * 100 : 0 }
  var dataset: Int { max(used - overhead, 0) }
  var datasetPercentage: Double {
    let net = used - startup
    return net > 0 ? min(Double(dataset) / Double(net) * 100, 100) : 0
  }
  var bytesPerKey: Int { keys > 0 ? max(used - startup, 0) / keys : 0 }

  var fragmentationRatio: Double { Self.ratio(active, allocated) }
  var fragmentationBytes: Int { active - allocated }
  var allocatorResidentRatio: Double { Self.ratio(allocatorResident, active) }
  var allocatorResidentBytes: Int { allocatorResident - active }
  var residentOverheadRatio: Double { Self.ratio(resident, allocatorResident) }
  var residentOverheadBytes: Int { resident - allocatorResident }
  var totalFragmentationRatio: Double { Self.ratio(resident, used) }
  var totalFragmentationBytes: Int { resident - used }

  private static func ratio(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
}

extension Call {
  func memoryReport() -> MemoryReport {
    var report = MemoryReport()
    report.used = usedMemory
    report.peak = max(statistics.peakMemory, report.used)
    report.startup = startupMemory
    report.replicaClients = outputMemory(ofReplicas: true)
    report.normalClients = outputMemory(ofReplicas: false)
    report.overhead = overheadMemory
    for index in 0..<keyspace.count where keyspace[index].count > 0 {
      let bytes = keyspace[index].table.allocatedBytes
      report.tables.append((index, bytes))
      report.overhead += bytes
      report.keys += keyspace[index].count
    }
    report.allocated = hostSample.allocatorAllocated
    report.active = hostSample.allocatorActive
    report.allocatorResident = hostSample.allocatorResident
    report.resident = hostSample.residentBytes
    return report
  }

  /// What the account of memory stood at before anybody came.
  private var startupMemory: Int { 0 }
}
