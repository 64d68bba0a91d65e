@_exported public import CairnCertificates
@_exported public import CairnDNS
@_exported public import CairnEngine
@_exported public import CairnGateway
// What a user of the library touches comes with `import Cairn`; everything else in these modules is `package`.
@_exported public import CairnModel
@_exported public import CairnValidation
// The requests and deliveries of `respond(to:)` are made of its values.
@_exported public import HTTPTypes
