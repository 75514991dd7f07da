extension Directive {
  /// TLS.
  static let tls: [Directive] = [
    .integer(
      "tls-port", \.tlsPort, 0...65535, support: .inertOnly(), "Port for encrypted connections; 0 listens on none."),
    .flag("tls-cluster", \.tlsCluster, support: .inertOnly(), "Whether the cluster bus is encrypted."),
    .flag("tls-replication", \.tlsReplication, support: .inertOnly(), "Whether replication links are encrypted."),
    .choice("tls-auth-clients", \.tlsAuthClients, support: .withoutEffect, "Whether clients must show a certificate."),
    .optionalText("tls-cert-file", \.tlsCertFile, traits: [.alwaysApplied], support: .withoutEffect, "Certificate."),
    .optionalText("tls-key-file", \.tlsKeyFile, traits: [.alwaysApplied], support: .withoutEffect, "Private key."),
    .optionalText(
      "tls-key-file-pass", \.tlsKeyFilePass, traits: [.sensitive], support: .withoutEffect,
      "Password of the private key."),
    .optionalText(
      "tls-client-cert-file", \.tlsClientCertFile, traits: [.alwaysApplied], support: .withoutEffect,
      "Certificate for outgoing connections."),
    .optionalText(
      "tls-client-key-file", \.tlsClientKeyFile, traits: [.alwaysApplied], support: .withoutEffect,
      "Private key for outgoing connections."),
    .optionalText(
      "tls-client-key-file-pass", \.tlsClientKeyFilePass, traits: [.sensitive], support: .withoutEffect,
      "Password of that private key."),
    .optionalText(
      "tls-dh-params-file", \.tlsDhParamsFile, traits: [.alwaysApplied], support: .withoutEffect,
      "Diffie-Hellman parameters."),
    .optionalText(
      "tls-ca-cert-file", \.tlsCaCertFile, traits: [.alwaysApplied], support: .withoutEffect,
      "Certificates that are trusted, in one file."),
    .optionalText(
      "tls-ca-cert-dir", \.tlsCaCertDir, traits: [.alwaysApplied], support: .withoutEffect,
      "Certificates that are trusted, in a directory."),
    .optionalText("tls-protocols", \.tlsProtocols, support: .withoutEffect, "Protocol versions offered."),
    .optionalText("tls-ciphers", \.tlsCiphers, support: .withoutEffect, "Ciphers up to TLS 1.2."),
    .optionalText("tls-ciphersuites", \.tlsCiphersuites, support: .withoutEffect, "Cipher suites of TLS 1.3."),
    .flag(
      "tls-prefer-server-ciphers", \.tlsPreferServerCiphers, support: .withoutEffect,
      "Whether the server's order of ciphers counts."),
    .flag(
      "tls-session-caching", \.tlsSessionCaching, support: .withoutEffect, "Whether sessions can be taken up again."),
    .integer(
      "tls-session-cache-size", \.tlsSessionCacheSize, 0...Limit.int32, support: .withoutEffect, "Sessions remembered."),
    .integer(
      "tls-session-cache-timeout", \.tlsSessionCacheTimeout, 0...Limit.int32, support: .withoutEffect,
      "Seconds a session is remembered."),
  ]
}
