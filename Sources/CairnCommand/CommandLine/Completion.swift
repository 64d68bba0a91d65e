import Cairn
import CairnManagement
import CairnModel

/// A word that a shell offers, and what it means.
struct Candidate: Hashable, Sendable {
    let word: String
    /// In a few words; may be empty.
    let summary: String

    init(_ word: String, _ summary: String = "") { (self.word, self.summary) = (word, summary) }

    fileprivate var line: String {
        // A sentence is enough beside a word.
        let sentence = summary.split(separator: "\n").first.map(String.init) ?? ""
        let end = sentence.firstRange(of: ". ").map { sentence[..<$0.lowerBound] } ?? sentence[...]
        let short = end.hasSuffix(".") ? end.dropLast() : end
        return short.isEmpty ? word : "\(word)\t\(short)"
    }
}

/// What a shell offers to complete a line with.
enum Completion {
    static let shells = ["bash", "zsh", "fish"]

    /// All that can stand in a place.
    struct Offer: Hashable, Sendable {
        var candidates: [Candidate]
        /// Whether the names of files can stand there too.
        var hasFiles: Bool

        init(_ candidates: [Candidate] = [], hasFiles: Bool = false) {
            (self.candidates, self.hasFiles) = (candidates, hasFiles)
        }

        /// As the scripts read it: a word a line, with what it means behind a tab; a line of a tab alone stands for files.
        var lines: String {
            (candidates.map(\.line) + (hasFiles ? ["\t"] : [])).map { $0 + "\n" }.joined()
        }
    }

    /// What can stand in place of the last word.
    ///
    /// - Parameter words: those after `cairn`; the last is the one that was begun, and may be empty.
    static func offer(_ words: [String]) -> Offer {
        let begun = words.last ?? ""
        var before = words.dropLast()
        if before.first == "help", before.count > 1 { before.removeFirst() }
        let isHelp = before.count < words.dropLast().count || before.first == "help"
        let form = before.first.flatMap(CairnCommand.form)
        if form?.name == "ctl" {
            if !isHelp, before.last == "--cacert" { return Offer(hasFiles: true) }
            let typed = (isHelp ? ["help"] : []) + before.dropFirst()
            return Offer(CtlCompletion.words(after: typed, begun))
        }
        if let flags = form.flatMap({ CairnCommand.flags(of: $0.name) }) {
            return isHelp ? Offer() : Self.flags(flags, after: before.last, begun)
        }
        let command = form ?? CairnCommand.serve
        if begun.hasPrefix("--"), let equals = begun.firstIndex(of: "=") {
            let (name, value) = (begun[..<equals], String(begun[begun.index(after: equals)...]))
            guard let option = command[option: name.dropFirst(2)] else { return Offer() }
            var offer = Self.values(of: option, value)
            offer.candidates = offer.candidates.map { Candidate("\(name)=\($0.word)", $0.summary) }
            return offer
        }
        if let last = before.last, last.hasPrefix("--"), let option = command[option: last.dropFirst(2)],
            option.hasValue, !begun.hasPrefix("-") || option.needsValue
        {
            return Self.values(of: option, begun)
        }
        var offered: [Candidate]
        if begun.hasPrefix("-") {
            offered = command.options.map { Candidate("--\($0.name)", $0.summary) }
            if before.isEmpty { offered.append(Candidate("--version", "Print the version.")) }
            offered.append(Candidate("--help", "Print what it does."))
        } else if before.isEmpty || before.elementsEqual(["help"]) {
            offered = CairnCommand.forms.map { Candidate($0.name, $0.summary) }
            if before.isEmpty { offered.append(Candidate("help", "Print what a command does.")) }
            if isHelp { offered.append(Candidate("rules", "How to make it misbehave.")) }
        } else {
            offered = isHelp && form?.name != "settings" ? [] : form?.argument?.candidates() ?? []
        }
        return Offer(offered.filter { $0.word.hasPrefix(begun) })
    }

    /// What can be the value of an option.
    private static func values(of option: CommandOption, _ begun: String) -> Offer {
        if option.name == "set" { return assignments(begun) }
        let setting = option.setting.flatMap { Settings.catalogue[$0] }
        let candidates = option.candidates() + (setting.map(Self.values) ?? [])
        let offered = candidates.filter { $0.word.hasPrefix(begun) }
        // A preset is a file too, where its name has the form of one.
        let isPath = option.name == "preset" && (begun.contains("/") || begun.hasPrefix("."))
        return Offer(offered, hasFiles: option.takesFile || isPath)
    }

    /// Settings to assign to, and behind the equals sign what they can be.
    private static func assignments(_ begun: String) -> Offer {
        guard let equals = begun.firstIndex(of: "=") else {
            let settings = Settings.catalogue.settings.filter { !$0.isSection && $0.path.hasPrefix(begun) }
            return Offer(settings.map { Candidate("\($0.path)=", $0.summary.withoutTicks) })
        }
        let path = String(begun[..<equals])
        guard let setting = Settings.catalogue[path], !setting.isSection else { return Offer() }
        let values = Self.values(setting).map { Candidate("\(path)=\($0.word)", $0.summary) }
        return Offer(values.filter { $0.word.hasPrefix(begun) })
    }

    /// The values of a setting: all where they are few, or else the default.
    private static func values(_ setting: Setting<Settings>) -> [Candidate] {
        var words: [Candidate] = []
        func add(_ json: CairnJSON?, _ summary: String = "") {
            guard let json else { return }
            let word = json.string ?? json.text()
            guard !word.contains(" "), !words.contains(where: { $0.word == word }) else { return }
            words.append(Candidate(word, summary))
        }
        func collect(_ schema: CairnJSON?) {
            for value in schema?["enum"]?.array ?? [] { add(value) }
            add(schema?["const"])
            if schema?["type"] == "boolean" {
                add(true)
                add(false)
            }
            if schema?["type"] == "null" { add(.null) }
            for part in schema?["anyOf"]?.array ?? [] { collect(part) }
        }
        collect(.object(setting.schema))
        add(setting.get(Settings()), "the default")
        return words
    }

    /// What can stand behind a word in a command line of Go's.
    private static func flags(_ flags: GoFlags, after last: String?, _ begun: String) -> Offer {
        if let last, last.hasPrefix("-"), let flag = flags.takingValue(last) {
            return flag == "set" ? assignments(begun) : Offer(hasFiles: flag == "config" || flag == "rules")
        }
        let dashes = begun.hasPrefix("--") ? "--" : "-"
        let known =
            flags.flags.map { Candidate(dashes + $0.names[0], $0.usage) } + [Candidate(dashes + "help", "Print this.")]
        return Offer(known.filter { $0.word.hasPrefix(begun) })
    }

    /// The script that makes a shell ask for ``candidates(_:)``; without any it completes the names of files.
    static func script(for shell: String) -> String? {
        switch shell {
        case "bash":
            """
            _cairn() {
                local IFS=$' \\t\\n' tab=$'\\t' line="${COMP_LINE:0:COMP_POINT}" offer word begun
                local -a words
                # Bash takes "=" and ":" for words of their own, so the line is split here.
                read -a words <<< "$line"
                if [[ $line == *[[:space:]] ]]; then words+=(""); fi
                word="${words[${#words[@]}-1]}"
                # Of the word, bash puts in what follows the last of them.
                begun="${word%"${word##*[=:]}"}"
                if [[ $COMP_WORDBREAKS != *=* ]]; then begun=""; fi
                COMPREPLY=()
                while IFS= read -r offer; do
                    if [[ $offer == "$tab" ]]; then
                        compopt -o filenames 2>/dev/null
                        while IFS= read -r offer; do COMPREPLY+=("$offer"); done < <(compgen -f -- "${word#"$begun"}")
                    else
                        offer="${offer%%"$tab"*}"
                        COMPREPLY+=("${offer#"$begun"}")
                    fi
                done < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
                # A value follows.
                if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
            }
            complete -F _cairn cairn
            """
        case "zsh":
            """
            #compdef cairn
            _cairn() {
                local offer word files=0 tab=$'\\t'
                local -a offered begun
                for offer in "${(@f)$(${words[1]} complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
                    if [[ -z $offer ]]; then continue; fi
                    if [[ $offer == $tab ]]; then files=1; continue; fi
                    word=${${offer%%$tab*}//:/\\\\:}
                    if [[ $offer == *$tab* ]]; then word+=":${offer#*$tab}"; fi
                    if [[ ${offer%%$tab*} == *= ]]; then begun+=("$word"); else offered+=("$word"); fi
                done
                # A value follows those that end in an equals sign.
                if (( $#begun )); then _describe -t settings setting begun -S ''; fi
                if (( $#offered )); then _describe -t words cairn offered; fi
                if (( files )); then compset -P '*='; _files; fi
            }
            # The first time, the file is itself the function that was asked for.
            if [[ ${funcstack[1]} == _cairn ]]; then
                _cairn "$@"
            else
                compdef _cairn cairn
            fi
            """
        case "fish":
            """
            function __cairn_complete
                set -l words (commandline -opc) (commandline -ct)
                for offer in ($words[1] complete -- $words[2..-1] 2>/dev/null)
                    if test "$offer" = \\t
                        set -l parts (string split -m 1 = -- (commandline -ct))
                        if set -q parts[2]
                            string replace -r '^' "$parts[1]=" -- (__fish_complete_path $parts[2])
                        else
                            __fish_complete_path $parts[1]
                        end
                    else
                        printf '%s\\n' $offer
                    end
                end
            end
            complete -c cairn -f -a '(__cairn_complete)'
            """
        default: nil
        }
    }
}
