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
            case .required = option.value
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
                $words[1] complete -- $words[2..-1] 2>/dev/null
            end
            complete -c cairn -a '(__cairn_complete)'
            """
        default: nil
        }
    }
}
