import Cairn
import CairnManagement

/// What a shell offers to complete a line with.
enum Completion {
    static let shells = ["bash", "zsh", "fish"]

    /// What can stand in place of the last word.
    ///
    /// - Parameter words: those after `cairn`; the last is the one that was begun, and may be empty.
    static func candidates(_ words: [String]) -> [String] {
        var begun = words.last ?? ""
        var before = words.dropLast()
        if before.first == "help", before.dropFirst().first == "ctl" { before.removeFirst() }
        let form = before.first.flatMap(CairnCommand.form)
        if form?.name == "ctl" { return CtlCompletion.words(after: Array(before.dropFirst()), begun) }
        if before.starts(with: ["help", "ctl"]) {
            return CtlCompletion.words(after: ["help"] + before.dropFirst(2), begun)
        }
        if let flags = form.flatMap({ CairnCommand.flags(of: $0.name) }) {
            return Self.flags(flags, after: before.last, begun)
        }
        let command = form ?? CairnCommand.serve
        // To bash an equals sign is a word of its own.
        if begun == "=" { begun = "" } else if before.last == "=" { before.removeLast() }
        if begun.hasPrefix("--"), let equals = begun.firstIndex(of: "=") {
            let name = begun[..<equals]
            let offered = command[option: name.dropFirst(2)]?.candidates() ?? []
            return offered.map { "\(name)=\($0)" }.filter { $0.hasPrefix(begun) }
        }
        var offered: [String]
        if let last = before.last, last.hasPrefix("--"), let option = command[option: last.dropFirst(2)],
            option.hasValue, !begun.hasPrefix("-") || option.needsValue
        {
            offered = option.candidates()
        } else if begun.hasPrefix("-") {
            offered = command.options.map { "--\($0.name)" } + (before.isEmpty ? ["--version"] : []) + ["--help"]
        } else if before.isEmpty {
            offered = CairnCommand.forms.map(\.name) + ["help"]
        } else if before.elementsEqual(["help"]) {
            offered = CairnCommand.forms.map(\.name)
        } else {
            offered = form?.argument?.candidates() ?? []
        }
        offered.removeAll { !$0.hasPrefix(begun) }
        return offered
    }

    /// What can stand behind a word in a command line of Go's.
    private static func flags(_ flags: GoFlags, after last: String?, _ begun: String) -> [String] {
        if let last, last.hasPrefix("-"), flags.takesValue(last) {
            let settings = Settings.catalogue.settings.filter { !$0.isSection }
            return last.drop(while: { $0 == "-" }) == "set"
                ? settings.map { "\($0.path)=" }.filter { $0.hasPrefix(begun) } : []
        }
        let dashes = begun.hasPrefix("--") ? "--" : "-"
        return (flags.flags.map(\.names[0]) + ["help"]).map { dashes + $0 }.filter { $0.hasPrefix(begun) }
    }

    /// The script that makes a shell ask for ``candidates(_:)``; without any it completes the names of files.
    static func script(for shell: String) -> String? {
        switch shell {
        case "bash":
            """
            _cairn() {
                local IFS=$'\\n'
                COMPREPLY=($("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
                # A value follows.
                if [[ ${COMPREPLY[0]-} == *= ]]; then compopt -o nospace 2>/dev/null; fi
            }
            complete -o default -F _cairn cairn
            """
        case "zsh":
            """
            #compdef cairn
            _cairn() {
                local -a offered
                offered=("${(@f)$(${words[1]} complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
                if [[ ${offered[1]} == *= ]]; then
                    compadd -S '' -- $offered
                elif [[ -n ${offered[1]} ]]; then
                    compadd -- $offered
                else
                    _files
                fi
            }
            compdef _cairn cairn
            """
        case "fish":
            """
            function __cairn_complete
                set -l words (commandline -opc) (commandline -ct)
                set -l offered ($words[1] complete -- $words[2..-1] 2>/dev/null)
                if set -q offered[1]
                    printf '%s\\n' $offered
                else
                    __fish_complete_path (commandline -ct)
                end
            end
            complete -c cairn -f -a '(__cairn_complete)'
            """
        default: nil
        }
    }
}
