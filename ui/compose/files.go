package compose

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// askFile marks the prompt for a file to attach.
type askFile struct{}

// notAFile is the refusal of a name that is a folder, a device or a pipe.
type notAFile struct{ path string }

func (n notAFile) Error() string { return n.path + ": not a file" }

// prompted looks at the file that was named.
func (s *Screen) prompted(p screen.Prompted) tea.Cmd {
	path := strings.TrimSpace(p.Text)
	if _, ok := p.To.(askFile); !ok || !p.OK || path == "" {
		return nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(context.Context, jobs.Control) (session.DraftFile, error) {
		return fileAt(home(path))
	})
	s.fileJob = id
	return cmd
}

// fileAt is the file as it will be attached; it can be read and is not too large.
func fileAt(path string) (session.DraftFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return session.DraftFile{}, err
	}
	if !info.Mode().IsRegular() {
		return session.DraftFile{}, notAFile{path}
	}
	if info.Size() > session.FileLimit {
		return session.DraftFile{}, &session.Error{Code: "file.too-large",
			Args: map[string]string{"path": path, "limit": strconv.Itoa(session.FileLimit >> 20)}}
	}
	f, err := os.Open(path)
	if err != nil {
		return session.DraftFile{}, err
	}
	return session.DraftFile{Name: filepath.Base(path), Size: info.Size(), Path: path}, f.Close()
}

// home gives ~ its meaning.
func home(path string) string {
	rest, tilde := strings.CutPrefix(path, "~")
	if !tilde || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return dir + rest
}

// attached takes the file, and saves the draft with a copy of it.
func (s *Screen) attached(d jobs.Done[session.DraftFile]) (screen.Action, tea.Cmd) {
	if d.Job != s.fileJob {
		return nil, nil
	}
	w := s.env.Words.Compose
	if d.Err != nil {
		said := text.Clean(d.Err.Error())
		if not, ok := d.Err.(notAFile); ok {
			return screen.Say{Kind: screen.Fault, Text: text.F(w.NotAFile, not.path)}, nil
		}
		return screen.Say{Kind: screen.Fault, Text: said, Err: d.Err}, nil
	}
	s.draft.Files = append(s.draft.Files, d.Value)
	s.files++
	s.changed()
	return screen.Say{Kind: screen.Result, Text: text.F(w.Attached, d.Value.Name, text.Size(d.Value.Size))},
		tea.Batch(s.save(), s.check())
}

// detach takes the last file away.
func (s *Screen) detach() screen.Action {
	n := len(s.draft.Files) - 1
	if n < 0 {
		return nil
	}
	name := s.draft.Files[n].Name
	s.draft.Files = s.draft.Files[:n:n]
	s.files++
	return screen.Say{Kind: screen.Result, Text: text.F(s.env.Words.Compose.FileGone, name)}
}

// maxEntries bounds how much of a folder is read to complete a name.
const maxEntries = 10000

// completed is a path as far as it is certain.
type completed struct{ path string }

// lookUp completes the name that is typed into the prompt.
func (s *Screen) lookUp(c screen.Completing) tea.Cmd {
	if _, ok := c.To.(askFile); !ok {
		return nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(context.Context, jobs.Control) (completed, error) {
		return completed{complete(c.Text)}, nil
	})
	s.lookJob = id
	return cmd
}

// complete goes on with a path as far as all files that begin so agree; a folder ends in a separator.
func complete(path string) string {
	dir, begun := filepath.Split(home(path))
	place := dir
	if place == "" {
		place = "."
	}
	f, err := os.Open(place)
	if err != nil {
		return path
	}
	defer f.Close()
	entries, _ := f.ReadDir(maxEntries) // what could be read is worth completing
	best, count := "", 0
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, begun) || begun == "" && strings.HasPrefix(name, ".") {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			name += string(filepath.Separator)
		}
		if count++; count == 1 {
			best = name
			continue
		}
		best = commonPrefix(best, name)
	}
	if count == 0 {
		return path
	}
	return dir + best
}

func commonPrefix(a, b string) string {
	end := 0
	for i := range a { // by whole characters
		if i > len(b) || a[:i] != b[:i] {
			return a[:end]
		}
		end = i
	}
	if strings.HasPrefix(b, a) {
		return a
	}
	return a[:end]
}
