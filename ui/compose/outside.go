package compose

import (
	"errors"
	"io"
	"os"
	"os/exec"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/config"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// outsideOctets bounds what is read back from $EDITOR: what the editor of this screen holds.
const outsideOctets = 1 << 20

// errTooLong is a text from $EDITOR that is longer than that.
var errTooLong = errors.New("longer than 1 MB")

// edited is the end of $EDITOR.
type edited struct {
	screen *Screen
	path   string
	had    string // the text that it was given
	err    error
}

// outside hands the text to $EDITOR in a file that only its owner can read. The draft is saved first.
func (s *Screen) outside() (screen.Action, tea.Cmd) {
	w := s.env.Words.Compose
	argv := config.SplitCommand(s.editor)
	if len(argv) == 0 {
		return screen.Say{Kind: screen.Fault, Text: w.EditorNone}, nil
	}
	had := s.text.Value()
	f, err := os.CreateTemp("", "todoku-*.txt")
	if err == nil {
		_, err = f.WriteString(had)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(w.EditorFail, err), Err: err}, nil
	}
	path := f.Name()
	cmd := exec.Command(argv[0], append(argv[1:], path)...)
	run := tea.ExecProcess(cmd, func(err error) tea.Msg { return edited{s, path, had, err} })
	return nil, tea.Sequence(s.save(), run)
}

// edited takes the text back. The file stays when it holds something that was not taken.
func (s *Screen) edited(m edited) (screen.Action, tea.Cmd) {
	if m.screen != s {
		return nil, nil
	}
	w := s.env.Words.Compose
	content, err := readBack(m.path)
	switch {
	case m.err == nil && err == nil:
		os.Remove(m.path)
		return s.typed(func() screen.Action {
			if content != m.had {
				s.text.Set(content)
			}
			return nil
		})
	case err == nil && content == m.had:
		os.Remove(m.path)
		return screen.Say{Kind: screen.Fault, Text: text.F(w.EditorFail, m.err)}, nil
	}
	return screen.Say{Kind: screen.Fault, Text: text.F(w.EditorKept, errors.Join(m.err, err), m.path)}, nil
}

func readBack(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, outsideOctets))
	if err == nil && len(content) == outsideOctets {
		err = errTooLong
	}
	return string(content), err
}
