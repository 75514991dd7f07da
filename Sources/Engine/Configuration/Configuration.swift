/// Every setting of the server, as plain stored fields: reading one on the request path is one load.
///
/// A field bears the name of its directive in camel case (`maxmemory-samples` is `maxmemorySamples`), so neither is ever
/// looked up apart from the other. Memory is in bytes; other units are said by the directive. The initial value here
/// *is* the directive's default. What a directive accepts, and whether it can be changed while the server runs, is said
/// in the table (`Directive.all`), where each has its line of explanation; values change only through it: by file, command
/// line or CONFIG SET.
public struct Configuration: Sendable {
  // Network: listening, clients and their limits.

  public internal(set) var port = 6379
  public internal(set) var bind: [String] = ["*", "-::*"]
  public internal(set) var bindSourceAddr = ""
  public internal(set) var unixsocket = ""
  public internal(set) var unixsocketperm = 0
  public internal(set) var tcpBacklog = 511
  public internal(set) var tcpKeepalive = 300
  public internal(set) var timeout = 0
  public internal(set) var maxclients = 10000
  public internal(set) var protectedMode = true
  public internal(set) var socketMarkId = 0
  public internal(set) var protoMaxBulkLen = 512 << 20
  public internal(set) var clientQueryBufferLimit = 1 << 30
  public internal(set) var clientOutputBufferLimit = OutputBufferLimits()
  public internal(set) var maxmemoryClients = 0

  // General: process, logging and start-up.

  public internal(set) var databases = 16
  public internal(set) var dir = ""
  public internal(set) var daemonize = false
  public internal(set) var supervised = SupervisionMode.no
  public internal(set) var pidfile = ""
  public internal(set) var loglevel = LogLevel.notice
  public internal(set) var logfile = ""
  public internal(set) var syslogEnabled = false
  public internal(set) var syslogIdent = "redis"
  public internal(set) var syslogFacility = SyslogFacility.local0
  public internal(set) var alwaysShowLogo = false
  public internal(set) var setProcTitle = true
  public internal(set) var procTitleTemplate = "{title} {listen-addr} {server-mode}"
  public internal(set) var localeCollate = ""
  public internal(set) var hz = 10
  public internal(set) var dynamicHz = true
  public internal(set) var activerehashing = true
  public internal(set) var shutdownTimeout = 10
  public internal(set) var shutdownOnSigint = ShutdownOptions()
  public internal(set) var shutdownOnSigterm = ShutdownOptions()
  public internal(set) var crashLogEnabled = true
  public internal(set) var crashMemcheckEnabled = true
  public internal(set) var useExitOnPanic = false
  public internal(set) var disableThp = true
  public internal(set) var oomScoreAdj = OutOfMemoryScore.no
  public internal(set) var oomScoreAdjValues: [Int] = [0, 200, 800]
  public internal(set) var ignoreWarnings = ""
  public internal(set) var jemallocBgThread = true
  public internal(set) var serverCpulist = ""
  public internal(set) var bioCpulist = ""
  public internal(set) var aofRewriteCpulist = ""
  public internal(set) var bgsaveCpulist = ""
  public internal(set) var ioThreads = 1
  public internal(set) var ioThreadsDoReads = false
  public internal(set) var watchdogPeriod = 0

  // Security: passwords and dangerous commands.

  public internal(set) var requirepass: [UInt8] = []
  public internal(set) var aclfile = ""
  public internal(set) var acllogMaxLen = 128
  public internal(set) var aclPubsubDefault = ChannelAccess.resetchannels
  public internal(set) var enableProtectedConfigs = ProtectedAction.no
  public internal(set) var enableDebugCommand = ProtectedAction.no
  public internal(set) var enableModuleCommand = ProtectedAction.no
  public internal(set) var sanitizeDumpPayload = PayloadSanitizing.no

  // Memory: limit, eviction, expiry and freeing.

  public internal(set) var maxmemory = 0
  public internal(set) var maxmemoryPolicy = MaxMemoryPolicy.noeviction
  public internal(set) var maxmemorySamples = 5
  public internal(set) var maxmemoryEvictionTenacity = 10
  public internal(set) var activeExpireEffort = 1
  public internal(set) var lfuLogFactor = 10
  public internal(set) var lfuDecayTime = 1
  public internal(set) var lazyfreeLazyEviction = false
  public internal(set) var lazyfreeLazyExpire = false
  public internal(set) var lazyfreeLazyServerDel = false
  public internal(set) var lazyfreeLazyUserDel = false
  public internal(set) var lazyfreeLazyUserFlush = false
  public internal(set) var activedefrag = false
  public internal(set) var activeDefragCycleMin = 1
  public internal(set) var activeDefragCycleMax = 25
  public internal(set) var activeDefragThresholdLower = 10
  public internal(set) var activeDefragThresholdUpper = 100
  public internal(set) var activeDefragMaxScanFields = 1000
  public internal(set) var activeDefragIgnoreBytes = 100 << 20

  // Encodings: where compact forms of values end.

  public internal(set) var hashMaxListpackEntries = 512
  public internal(set) var hashMaxListpackValue = 64
  public internal(set) var listMaxListpackSize = -2
  public internal(set) var listCompressDepth = 0
  public internal(set) var setMaxIntsetEntries = 512
  public internal(set) var setMaxListpackEntries = 128
  public internal(set) var setMaxListpackValue = 64
  public internal(set) var zsetMaxListpackEntries = 128
  public internal(set) var zsetMaxListpackValue = 64
  public internal(set) var hllSparseMaxBytes = 3000
  public internal(set) var streamNodeMaxBytes = 4096
  public internal(set) var streamNodeMaxEntries = 100

  // Persistence: snapshots and the append-only file.

  public internal(set) var save = SavePoint.defaults
  public internal(set) var dbfilename = "dump.rdb"
  public internal(set) var rdbcompression = true
  public internal(set) var rdbchecksum = true
  public internal(set) var rdbSaveIncrementalFsync = true
  public internal(set) var snapshotPreimageLimit = 1 << 30
  public internal(set) var rdbDelSyncFiles = false
  public internal(set) var rdbKeySaveDelay = 0
  public internal(set) var keyLoadDelay = 0
  public internal(set) var loadingProcessEventsIntervalBytes = 2 << 20
  public internal(set) var stopWritesOnBgsaveError = true
  public internal(set) var appendonly = false
  public internal(set) var appendfilename = "appendonly.aof"
  public internal(set) var appenddirname = "appendonlydir"
  public internal(set) var appendfsync = AppendSync.everysec
  public internal(set) var noAppendfsyncOnRewrite = false
  public internal(set) var autoAofRewritePercentage = 100
  public internal(set) var autoAofRewriteMinSize = 64 << 20
  public internal(set) var aofRewriteIncrementalFsync = true
  public internal(set) var aofLoadTruncated = true
  public internal(set) var aofUseRdbPreamble = true
  public internal(set) var aofTimestampEnabled = false
  public internal(set) var aofDisableAutoGc = false
  public internal(set) var aofHistorySize = 0
  public internal(set) var aofBufferLimit = 64 << 20
  public internal(set) var writeBarrierFile = false
  public internal(set) var writeBarrierFsync = false
  public internal(set) var writeBarrierReplicas = 0
  public internal(set) var durableReads = true

  // Replication.

  public internal(set) var replicaof: ReplicationSource? = nil
  public internal(set) var masterauth: [UInt8] = []
  public internal(set) var masteruser = ""
  public internal(set) var replicaServeStaleData = true
  public internal(set) var replicaReadOnly = true
  public internal(set) var replicaPriority = 100
  public internal(set) var replicaAnnounceIp = ""
  public internal(set) var replicaAnnouncePort = 0
  public internal(set) var replicaAnnounced = true
  public internal(set) var replicaIgnoreMaxmemory = true
  public internal(set) var replicaIgnoreDiskWriteErrors = false
  public internal(set) var replicaLazyFlush = false
  public internal(set) var replBacklogSize = 1 << 20
  public internal(set) var replBacklogTtl = 3600
  public internal(set) var replDisableTcpNodelay = false
  public internal(set) var replDisklessSync = true
  public internal(set) var replDisklessSyncDelay = 5
  public internal(set) var replDisklessSyncMaxReplicas = 0
  public internal(set) var replSpillToDisk = true
  public internal(set) var replDisklessLoad = DisklessLoad.disabled
  public internal(set) var replPingReplicaPeriod = 10
  public internal(set) var replTimeout = 60
  public internal(set) var minReplicasToWrite = 0
  public internal(set) var minReplicasMaxLag = 10
  public internal(set) var propagationErrorBehavior = PropagationErrorBehavior.ignore

  // Cluster.

  public internal(set) var clusterEnabled = false
  public internal(set) var clusterConfigFile = "nodes.conf"
  public internal(set) var clusterNodeTimeout = 15000
  public internal(set) var clusterPort = 0
  public internal(set) var clusterPingInterval = 0
  public internal(set) var clusterReplicaValidityFactor = 10
  public internal(set) var clusterMigrationBarrier = 1
  public internal(set) var clusterAllowReplicaMigration = true
  public internal(set) var clusterRequireFullCoverage = true
  public internal(set) var clusterReplicaNoFailover = false
  public internal(set) var clusterAllowReadsWhenDown = false
  public internal(set) var clusterAllowPubsubshardWhenDown = true
  public internal(set) var clusterLinkSendbufLimit = 0
  public internal(set) var clusterAnnounceIp = ""
  public internal(set) var clusterAnnouncePort = 0
  public internal(set) var clusterAnnounceTlsPort = 0
  public internal(set) var clusterAnnounceBusPort = 0
  public internal(set) var clusterAnnounceHostname = ""
  public internal(set) var clusterAnnounceHumanNodename = ""
  public internal(set) var clusterPreferredEndpointType = EndpointKind.ip

  // Observability: notifications, slow log, latency, scripts.

  public internal(set) var notifyKeyspaceEvents = KeyspaceEventClasses()
  public internal(set) var slowlogLogSlowerThan = 10000
  public internal(set) var slowlogMaxLen = 128
  public internal(set) var latencyMonitorThreshold = 0
  public internal(set) var latencyTracking = true
  public internal(set) var latencyTrackingInfoPercentiles: [Double] = [50, 99, 99.9]
  public internal(set) var trackingTableMaxKeys = 1_000_000
  public internal(set) var busyReplyThreshold = 5000

  // TLS.

  public internal(set) var tlsPort = 0
  public internal(set) var tlsCluster = false
  public internal(set) var tlsReplication = false
  public internal(set) var tlsAuthClients = TLSClientAuthentication.yes
  public internal(set) var tlsCertFile = ""
  public internal(set) var tlsKeyFile = ""
  public internal(set) var tlsKeyFilePass = ""
  public internal(set) var tlsClientCertFile = ""
  public internal(set) var tlsClientKeyFile = ""
  public internal(set) var tlsClientKeyFilePass = ""
  public internal(set) var tlsDhParamsFile = ""
  public internal(set) var tlsCaCertFile = ""
  public internal(set) var tlsCaCertDir = ""
  public internal(set) var tlsProtocols = ""
  public internal(set) var tlsCiphers = ""
  public internal(set) var tlsCiphersuites = ""
  public internal(set) var tlsPreferServerCiphers = false
  public internal(set) var tlsSessionCaching = true
  public internal(set) var tlsSessionCacheSize = 20480
  public internal(set) var tlsSessionCacheTimeout = 300

  // Ring: Ringdove's own.

  public internal(set) var ringEntries = 4096
  public internal(set) var ringBuffers = 1024
  public internal(set) var ringBufferSize = 16 << 10
  public internal(set) var spinMicroseconds = 50
  public internal(set) var batchWaitMicroseconds = 50

  // Without a row in the table.

  /// `rename-command` lines in the order they were read; an empty new name removes the command.
  public internal(set) var renamedCommands: [CommandRename] = []

  /// Absolute path of the configuration file; empty when the server was started without one.
  public internal(set) var configurationFile = ""

  /// Every directive at its default.
  public init() {}
}
