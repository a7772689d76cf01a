package config

import "strings"

// SplitCommand splits a command at its blanks; quotes hold words together, as in '"/my editors/vi" -u NONE'.
func SplitCommand(command string) []string {
	var argv []string
	var word strings.Builder
	quote, some := rune(0), false
	for _, r := range command {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, some = r, true
		case r == ' ' || r == '\t':
			if some || word.Len() > 0 {
				argv = append(argv, word.String())
			}
			word.Reset()
			some = false
		default:
			word.WriteRune(r)
		}
	}
	if some || word.Len() > 0 {
		argv = append(argv, word.String())
	}
	return argv
}
