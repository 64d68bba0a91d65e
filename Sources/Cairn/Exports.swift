// What a user of the library touches comes with `import Cairn`; everything else in these modules is `package`. The names of what
// is public begin with ACME or Cairn, so that they are nobody else's; Tests/public-names lists them.
@_exported public import CairnCertificates
@_exported public import CairnDNS
@_exported public import CairnEngine
@_exported public import CairnGateway
@_exported public import CairnModel
@_exported public import CairnValidation
