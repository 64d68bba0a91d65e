// What a user of the library touches comes with `import Cairn`; everything else in these modules is `package`.
@_exported public import ACME
@_exported public import Addressing
@_exported public import CertificateAuthority
@_exported public import Engine
@_exported public import FakeDNS
@_exported public import Gateway
// The requests and deliveries of `respond(to:)` are made of its values.
@_exported public import HTTPTypes
@_exported public import Validation
