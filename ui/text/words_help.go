package text

// HelpWords are what --help, the man pages and the completion say of commands and flags. The names, the arguments and
// the `VALUES` of flags are the same in every language.
type HelpWords struct {
	Usage, Commands, Flags Safe // headings
	FlagsOfAll, Examples   Safe // headings
	FlagsHere              Safe // in a usage line
	More                   Safe // a command's path
	Default                Safe // a value
	Sections               map[string]Safe
	Command                map[string]CommandHelp // by the command's path below todoku: "config check"; "" is todoku
	Shared                 map[string]Safe        // flags that several commands have, by name
}

// CommandHelp is one command: in a line, in full, and its own flags by name.
type CommandHelp struct {
	Short, Long, Example Safe
	Flag                 map[string]Safe
}
