package widget

import "todoku/ui/theme"

// StateCells is the room for the word of a state in any language.
const StateCells = 7

// StateRole is how the word of a state is drawn.
func StateRole(state string) theme.Role {
	switch state {
	case "ok":
		return theme.Ok
	case "warn", "unknown":
		return theme.Warn
	case "fail":
		return theme.Fail
	case "live":
		return theme.Live
	}
	return theme.Muted
}
