extension TestCA {
    /// The hierarchy that certificates are issued under, and their profiles.
    public var authority: Authority { Authority(ca: self) }

    /// The hierarchy of a running CA, and the profiles that it issues under.
    ///
    /// ```swift
    /// let roots = ca.authority.roots.map(\.pem)
    /// ca.authority.profiles.removeAll { $0.name == "shortlived" }
    /// ```
    /// Only the profiles can be changed while the CA runs; the rest is as in ``Configuration/authority``.
    public struct Authority: Sendable {
        let ca: TestCA

        /// The roots of issued certificates, in the order of their numbers in the configuration's chains.
        public var roots: [CairnCACertificate] { ca.engine.authority.roots }

        /// The intermediates of issued certificates: first those that sign them, in the order of ``chains``, then those
        /// above.
        ///
        /// A certificate that several chains share is listed once. Cross-signed roots are included.
        public var intermediates: [CairnCACertificate] { ca.engine.authority.intermediates }

        /// The chains that each certificate can be downloaded with (RFC 8555 §7.4.2): the default, then the alternates in the
        /// order in which they are linked.
        public var chains: [CairnCertificateChain] { ca.engine.authority.chains }

        /// The private key of one of ``roots`` or ``intermediates`` in PEM, ended by a line feed, in the form that goes with its
        /// algorithm: PKCS #1 for RSA (`RSA PRIVATE KEY`), SEC 1 for ECDSA (`EC PRIVATE KEY`, RFC 5915).
        ///
        /// - Returns: `nil` for a certificate of another CA.
        public func privateKeyPEM(of certificate: CairnCACertificate) -> String? {
            ca.engine.authority.privateKeyPEM(of: certificate)
        }

        /// The certificate of the OCSP responder, where that is not the issuer itself (``CairnOCSPSigner/delegated``).
        public var ocspResponder: CairnCACertificate? { ca.engine.authority.responderCertificate }

        // MARK: Profiles

        /// The certificate profiles on offer (draft-ietf-acme-profiles); the first is the default.
        ///
        /// It begins as ``CairnAuthorityConfiguration/profiles``. An order keeps its profile as it was when the order was placed;
        /// ``CairnPolicy/removedProfile`` says whether orders whose profile was removed are still fulfilled.
        ///
        /// ```swift
        /// ca.authority.profiles.removeAll { $0.name == "shortlived" }
        /// ```
        /// A list that no configuration could have is refused as with ``TestCA/policy``; ``updateProfiles(_:)`` throws the error.
        /// So is a list without a profile that the policy names in ``CairnPolicy/defaultProfile`` or ``CairnPolicy/profiles``, which
        /// has to change first.
        public var profiles: [CairnCertificateProfile] {
            get { ca.engine.profiles }
            nonmutating set {
                do { try setProfiles(newValue) } catch { ca.note([error]) }
            }
        }

        /// Changes the certificate profiles on offer.
        ///
        /// - Returns: what `change` returns.
        /// - Throws: ``TestCA/SettingError`` for a list that no configuration could have. Then nothing is changed.
        @discardableResult
        public func updateProfiles<Value>(
            _ change: (inout [CairnCertificateProfile]) -> Value
        ) throws(TestCA.SettingError) -> Value {
            var profiles = profiles
            let value = change(&profiles)
            do { try setProfiles(profiles) } catch { throw TestCA.SettingError([error]) }
            return value
        }

        private func setProfiles(_ profiles: [CairnCertificateProfile]) throws(SettingFault) {
            do { try CairnAuthorityConfiguration.validate(profiles) } catch {
                throw SettingFault("\(error)", at: "authority.profiles")
            }
            let policy = ca.policy
            let known = policy.contradictions(to: self.profiles.map(\.name)).map(\.path)
            let contradictions = policy.contradictions(to: profiles.map(\.name)).filter { !known.contains($0.path) }
            if !contradictions.isEmpty {
                let reasons = contradictions.map { "\($0.inside("policy"))" }.joined(separator: "; ")
                throw SettingFault(reasons, at: "authority.profiles")
            }
            offer(profiles)
        }

        /// Offers profiles, with what the personality decides of them.
        func offer(_ profiles: [CairnCertificateProfile]) {
            let personality = ca.personality
            ca.engine.profiles = profiles.map { profile in
                var profile = profile
                personality.decide(&profile)
                return profile
            }
        }
    }
}
