package compose

import (
	"errors"
	"os"
	"os/exec"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/screen"
	"todoku/ui/text"
)

// outsideOctets bounds what is read back from $EDITOR.
const outsideOctets = 1 << 20

// edited is the end of $EDITOR.
type edited struct {
	screen *Screen
	path   string
	err    error
}

// outside hands the text to $EDITOR in a file that only its owner can read.
func (s *Screen) outside() (screen.Action, tea.Cmd) {
	w := s.env.Words.Compose
	argv := strings.Fields(s.editor)
	if len(argv) == 0 {
		return screen.Say{Kind: screen.Fault, Text: w.EditorNone}, nil
	}
	f, err := os.CreateTemp("", "todoku-*.txt")
	if err == nil {
		_, err = f.WriteString(s.text.Value())
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(w.EditorFail, err), Err: err}, nil
	}
	path := f.Name()
	cmd := exec.Command(argv[0], append(argv[1:], path)...)
	return nil, tea.ExecProcess(cmd, func(err error) tea.Msg { return edited{s, path, err} })
}

// edited takes the text back. The file is removed only when its text was taken.
func (s *Screen) edited(m edited) (screen.Action, tea.Cmd) {
	if m.screen != s {
		return nil, nil
	}
	content, err := os.ReadFile(m.path)
	if err = errors.Join(m.err, err); err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Compose.EditorFail, err), Err: err}, nil
	}
	if len(content) > outsideOctets {
		content = content[:outsideOctets]
	} else {
		os.Remove(m.path)
	}
	return s.typed(func() { s.text.Set(string(content)) })
}
