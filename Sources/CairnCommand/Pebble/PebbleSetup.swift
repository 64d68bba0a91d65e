import Cairn
import CairnModel

/// What a file, an environment and a command line of Pebble come to in settings of Cairn.
struct PebbleSetup {
    let options: PebbleOptions
    let file: PebbleFile
    let environment: PebbleEnvironment
    /// `CAIRN_SEED`; `nil` if it is not set.
    let environmentSeed: String?

    /// The settings, with those of `-set` on top.
    ///
    /// - Throws: ``SettingsError`` for what cannot be, whoever asked for it.
    func settings() throws -> Settings {
        var settings = Settings()
        settings.ca.personality = .pebble
        settings.ca.draft = nil
        listen(&settings)
        validate(&settings.ca)
        issue(&settings.ca)
        answer(&settings.ca)
        (settings.ca.paths, settings.ca.shufflesLists) = (.pebble, true)
        settings.ca.policy.refusesEarlierForms = options.isStrict
        settings.ca.rules = habits
        if let seed = options.seed {
            try settings.set("seed", seed, by: "-seed")
        } else if let environmentSeed {
            try settings.set("seed", environmentSeed, by: "CAIRN_SEED")
        }
        for assignment in options.assignments { try settings.assign(assignment, by: "-set") }
        // Now, so that it can be told before anything else happens.
        if settings.ca.seed == nil { settings.ca.seed = .random() }
        if let complaint = complaint(about: settings.ca.authority) { throw SettingsError(complaint) }
        let faults = settings.ca.faults + settings.conflicts
        guard faults.isEmpty else { throw SettingsError(faults.map(\.description)) }
        return settings
    }

    /// What is wrong with a hierarchy for which the environment is to blame.
    private func complaint(about authority: CairnAuthorityConfiguration) -> String? {
        guard environment.alternateRoots > 0, authority.rsaKeys > CairnAuthorityConfiguration.rsaKeyLimit else {
            return nil
        }
        var fewer = authority
        while fewer.roots > 1, fewer.rsaKeys > CairnAuthorityConfiguration.rsaKeyLimit { fewer.roots -= 1 }
        return "PEBBLE_ALTERNATE_ROOTS: expected at most \(fewer.roots - 1) with RSA keys, of which there are "
            + "\(CairnAuthorityConfiguration.rsaKeyLimit), and chains of \(authority.chainLength), got "
            + "\(environment.alternateRoots); with \"keyAlgorithm\": \"ecdsa\" in the configuration it can be more"
    }

    private func listen(_ settings: inout Settings) {
        settings.ca.listener.port = file.listenAddress.port
        // Pebble answers to whatever name leads to it.
        settings.ca.listener.hosts = ["*"]
        settings.ca.dnsListener = nil
        if let address = file.managementListenAddress {
            settings.management?.port = address.port
        } else {
            settings.management = nil
        }
        if !file.certificate.isEmpty {
            settings.tls = .files(Settings.IdentityFiles(certificate: file.certificate, key: file.privateKey))
        }
    }

    private func validate(_ ca: inout TestCA.Configuration) {
        if file.httpPort > 0 { ca.probes.httpPort = file.httpPort }
        if file.tlsPort > 0 { ca.probes.tlsPort = file.tlsPort }
        ca.probes.hostIncludesPort = true
        ca.probes.userAgent = Self.userAgent
        ca.probes.timeout = .seconds(15)
        ca.probes.resolver =
            if let server = options.resolver {
                .server(server.host.isEmpty ? "127.0.0.1" : server.host, port: server.port)
            } else {
                .system
            }
        ca.validation.standard = environment.isAlwaysValid ? .approve : .probe
        if !environment.skipsSleep {
            // Pebble sleeps for whole seconds, and always for less than that many.
            ca.policy.maximumValidationDelay = .seconds(max(0, environment.sleepTime - 1))
        }
        ca.policy.challengeTypes = [.http01, .tlsALPN01, .dns01, .dnsAccount01, .dnsPersist01]
        ca.policy.blockedNames = CairnNameSet(file.domainBlocklist.flatMap { [$0, "*.\($0)"] })
        // Shown, and never looked for.
        var caa = CairnCAAPolicy()
        (caa.identities, caa.checks) = (file.caaIdentities, false)
        ca.policy.caa = caa
    }

    /// What Pebble's requests say, with the system and the architecture in the words of Go.
    static let userAgent: String = {
        #if os(macOS)
            let system = "darwin"
        #else
            let system = "linux"
        #endif
        #if arch(arm64)
            let architecture = "arm64"
        #elseif arch(x86_64)
            let architecture = "amd64"
        #else
            let architecture = "other"
        #endif
        return "LetsEncrypt-Pebble-VA (\(system); \(architecture))"
    }()

    private func issue(_ ca: inout TestCA.Configuration) {
        let algorithm = file.keyAlgorithm == .rsa ? CairnKeyAlgorithm.rsa2048 : .p256
        (ca.authority.rootKey, ca.authority.intermediateKey) = (algorithm, algorithm)
        (ca.authority.name, ca.authority.naming) = ("Pebble", .commonName)
        // Pebble draws 63 bits.
        ca.authority.serialNumbers = .fixedLength(8)
        ca.authority.roots = environment.roots
        ca.authority.chainLength = environment.chainLength
        let ocsp = file.ocspResponderURL
        ca.authority.ocspURL = ocsp.isEmpty ? nil : ocsp
        ca.authority.profiles = file.profiles.map { profile in
            CairnCertificateProfile(
                name: profile.name, description: profile.description, validity: .seconds(profile.validityPeriod),
                backdate: .zero, includesCommonName: profile.promotesCommonName, keyUsage: [.digitalSignature],
                includesSubjectKeyIdentifier: false, policies: [],
                revocationInformation: ocsp.isEmpty ? .neither : .ocsp)
        }
        ca.policy.defaultProfile = .random
        // Pebble says `processing` to whoever finalizes, and issues at once: the next poll finds the certificate.
        ca.policy.progress.issuance = .after(.milliseconds(1))
    }

    private func answer(_ ca: inout TestCA.Configuration) {
        ca.retryAfter = file.retryAfter.order > 0 ? .seconds(file.retryAfter.order) : nil
        ca.validationRetryAfter = .seconds(max(0, file.retryAfter.authz))
        ca.retryAfterForm = .either
        ca.policy.ordersPerPage = environment.ordersPerPage
        let reuse = environment.authorizationReuseProbability
        ca.policy.authorizationReuse = reuse == 0 ? .never : reuse == 1 ? .always : .sometimes(reuse)
        ca.policy.externalAccountBinding = file.externalAccountBindingRequired ? .required : .verified
        ca.externalAccountKeys = file.externalAccountMACKeys.map {
            TestCA.Configuration.ExternalKey(identifier: $0.identifier, macKey: $0.macKey)
        }
    }

    /// What Pebble does by chance, as rules, so that the journal names it and a rule of `-rules` can overrule it.
    private var habits: [CairnRule] {
        var habits: [CairnRule] = []
        let rejects = environment.nonceRejectProbability
        if rejects > 0 {
            habits.append(
                CairnRule(
                    .problem(.badNonce, detail: "JWS has an invalid anti-replay nonce"), where: .method("POST"),
                    probability: rejects,
                    isOptional: true, name: "PEBBLE_WFE_NONCEREJECT"))
        }
        return habits
    }
}
