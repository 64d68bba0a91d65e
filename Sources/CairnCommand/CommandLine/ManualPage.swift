import CairnManagement
import CairnModel

/// The manual page `cairn(1)`, in the macros of `man(7)`.
enum ManualPage {
    static var text: String {
        var lines = [
            ".TH CAIRN 1 \"\" \"cairn \(CairnCommand.version)\" \"User Commands\"", ".SH NAME",
            "cairn \\- \(plain(CairnCommand.summary.prefix(1).lowercased() + CairnCommand.summary.dropFirst().dropLast()))",
            ".SH SYNOPSIS", ".B cairn", ".RI [ COMMAND ]\\~[ OPTION ]...", ".SH DESCRIPTION",
        ]
        lines += paragraphs(CairnCommand.discussion)
        lines.append(".SH COMMANDS")
        for form in CairnCommand.forms { lines += section(form) }
        lines.append(".SH \"COMMANDS OF CTL\"")
        for command in ManagementCommand.all {
            lines += [".TP", bold("cairn ctl \(command.usage)"), plain(command.summary)]
        }
        lines.append(".SH SETTINGS")
        lines.append("They stand in the file that \\fB\\-\\-config\\fR names, or follow \\fB\\-\\-set\\fR.")
        for outline in Settings.catalogue.outlines(Settings()) {
            lines += [".TP", bold(outline.path), plain(sentence(outline.summary.split(separator: "`").joined()))]
            if !outline.isSection { lines.append(plain("It expects \(outline.expected).")) }
        }
        lines.append(".SH ENVIRONMENT")
        for (name, text) in environment { lines += [".TP", bold(name), plain(text)] }
        lines.append(".SH \"EXIT STATUS\"")
        for (status, text) in statuses { lines += [".TP", bold(status), plain(text)] }
        lines += [".SH \"SEE ALSO\"", ".BR certbot (1),", ".BR lego (1)", "", "RFC 8555, RFC 9773"]
        return lines.filter { !$0.isEmpty }.flatMap(folded).joined(separator: "\n")
    }

    /// A line of text in lines that are not long, each of which begins with a letter or what means nothing to `man`.
    private static func folded(_ line: String) -> [String] {
        guard line.utf8.count > 79, !line.hasPrefix("."), !line.hasPrefix(" ") else { return [line] }
        return SettingsText.wrap(line, indent: 0).map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&\($0)" : $0 }
    }

    private static let environment = [
        ("CAIRN_URL", "Where cairn ctl finds the management API of a server."),
        (
            "XDG_CACHE_HOME, HOME",
            "Where the root of the listeners is left, in cairn/root.pem or .cache/cairn/root.pem."
        ),
        ("TMPDIR", "Where it is left otherwise, in a new folder."),
    ]

    private static let statuses = [
        ("0", "It was ended by a signal, or did what it was told."),
        ("1", "It could not do what it was told."),
        ("3", "Clients did what --fail-on-finding names."),
        ("64", "The command line could not be understood."),
    ]

    private static func section(_ form: CommandForm) -> [String] {
        var lines = [".SS \"\(plain(form.usage))\"", plain(form.summary)]
        lines += paragraphs(form.discussion)
        if let argument = form.argument { lines += [".TP", bold(argument.name), plain(argument.summary)] }
        for option in form.options { lines += [".TP", bold(option.usage), plain(option.summary)] }
        return lines
    }

    private static func paragraphs(_ text: String) -> [String] {
        var lines: [String] = []
        var isVerbatim = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix(" ") != isVerbatim {
                isVerbatim.toggle()
                lines += isVerbatim ? [".PP", ".nf"] : [".fi"]
            }
            if !isVerbatim, !lines.isEmpty { lines.append(".PP") }
            lines.append(plain(line))
        }
        return lines + (isVerbatim ? [".fi"] : [])
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }

    private static func bold(_ text: String) -> String { ".B \"\(plain(text).replacing("\"", with: "\\(dq"))\"" }

    /// A text in which nothing means anything to `man`.
    private static func plain(_ text: some StringProtocol) -> String {
        var plain = ""
        for letter in text.unicodeScalars {
            switch letter {
            case "\\": plain += "\\e"
            case "-": plain += "\\-"
            // At the beginning of a line they begin a macro.
            case ".", "'": plain += plain.isEmpty ? "\\&\(letter)" : "\(letter)"
            case "\n": plain += " "
            default: plain.unicodeScalars.append(letter)
            }
        }
        return plain
    }
}
