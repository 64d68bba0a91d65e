import Cairn
import CairnModel

extension Serve {
    /// What `cairn serve` takes.
    static let form = CommandForm(
        name: "serve", summary: "Serve ACME, the management API and DNS until interrupted.",
        discussion: """
            Options are stronger than the same settings in a configuration file, and --set is stronger than both. Port 0 \
            takes a free port; the lines that are printed at the start say which.

            A configuration file is a JSON object. "cairn help settings" tells what can stand in it, \
            "cairn settings --example" prints one with every setting, and "cairn settings --schema" what an editor needs \
            to know.
            """,
        options: listening + validation + identity + general)

    private static let listening = [
        addresses("acme-address", "listener", "An address for ACME."),
        port("acme-port", "listener", "The port for ACME, over HTTPS."),
        CommandOption(
            "plain-port", .required("PORT"), setting: "listener.plainPort", group: listeningGroup,
            "The port for CRLs, OCSP and issuer certificates over plain HTTP; none if left out."),
        addresses("management-address", "management", "An address for the management API."),
        port("management-port", "management", "The port for the management API, over HTTPS."),
        CommandOption("no-management", group: listeningGroup, "Serve no management API."),
        addresses("dns-address", "dnsListener", "An address for DNS."),
        port("dns-port", "dnsListener", "The port for DNS, over UDP and TCP."),
        CommandOption(
            "dns-https-port", .required("PORT"), setting: "dnsListener.httpsPort", group: listeningGroup,
            "The port for DNS over HTTPS, at /dns-query; none if left out."),
        CommandOption(
            "no-dns", group: listeningGroup, "Serve no DNS; the fake DNS is used for validation all the same."),
    ]
    private static let listeningGroup = "Listening"

    private static func addresses(_ name: String, _ section: String, _ text: String) -> CommandOption {
        CommandOption(
            name, .required("ADDRESS"), isRepeated: true, setting: "\(section).addresses", group: listeningGroup, text)
    }

    private static func port(_ name: String, _ section: String, _ text: String) -> CommandOption {
        CommandOption(name, .required("PORT"), setting: "\(section).port", group: listeningGroup, text)
    }

    private static let validation = [
        CommandOption("http-port", .required("PORT"), setting: "probes.httpPort", group: "Validation"),
        CommandOption("tls-port", .required("PORT"), setting: "probes.tlsPort", group: "Validation"),
        CommandOption("default-ipv4", .required("ADDRESS"), setting: "dns.defaultIPv4", group: "Validation"),
        CommandOption("default-ipv6", .required("ADDRESS"), setting: "dns.defaultIPv6", group: "Validation"),
        CommandOption("always-valid", group: "Validation", "Approve every challenge without validation."),
    ]

    private static let identity = [
        CommandOption(
            "tls-certificate", .required("FILE"), group: identityGroup,
            "The certificate chain of the server, in PEM. Needs --tls-key. (default: one that is built in)"
        ),
        CommandOption(
            "tls-key", .required("FILE"), group: identityGroup, "The private key of that certificate, in PEM."),
        CommandOption(
            "tls-root", .required("FILE"), group: identityGroup,
            "The root that clients trust, in PEM, if they have to be told. Needs the other two."),
    ]
    private static let identityGroup = "Identity of the server"

    private static let general = [
        CommandOption("config", .required("FILE"), "A JSON file with settings."),
        CommandOption(
            "set", .required("PATH=VALUE"), isRepeated: true,
            "Any setting of a configuration file."),
        CommandOption(
            "preset", .required("NAME"), isRepeated: true, candidates: { PresetChoice.candidates },
            "A preset, by its name, or a JSON file such as \"cairn presets NAME\" prints. Every other setting is stronger, in "
                + "the file too."),
        CommandOption(
            "rules", .required("FILE"), isRepeated: true,
            "A JSON file of rules, or of one. \"cairn help rules\" tells what they can be. With NAME=FILE the rules are for the clients alone whose directory is /with/NAME/dir."
        ),
        CommandOption(
            "seed", .required("NUMBER"), setting: "seed",
            "The seed of all random choices: the same seed and requests give the same run. (environment: CAIRN_SEED)"),
        CommandOption(
            "log-level", .required("LEVEL"), setting: "logLevel"),
        CommandOption(
            "fail-on-finding", .optional("KINDS", alone: "SHOULD"), candidates: { FindingChoice.candidates },
            "Exit with status 3 if clients did what they should not, and print it. KINDS is a grade (MUST, SHOULD, MAY) with "
                + "all that bind more, or kinds of findings with commas between. (default: SHOULD)"),
    ]
}
