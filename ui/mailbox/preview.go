package mailbox

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/widget"
)

const (
	pauseStored  = 100 * time.Millisecond // the cursor rests this long before a stored message is opened beside it
	pauseFetched = 400 * time.Millisecond // and before one is asked for at the server
	foldFrom     = 6                      // quotes of so many lines begin folded
)

// preview is the message in the reader pane.
type preview struct {
	key     int64 // shown or being read
	job     jobs.ID
	stop    func() // of the pause before reading
	reading session.Reading
	ready   bool
	failure error
	letter  *widget.Letter
	body    []string
	top     int
}

// rested says that the cursor has stayed on a message long enough.
type rested struct{ key int64 }

// show begins to open the message under the cursor in the reader pane, if there is one.
func (s *Screen) show() tea.Cmd {
	_, _, reader := s.panes()
	key, ok := s.list.Key()
	if reader == 0 || !ok || key == s.preview.key {
		return nil
	}
	if s.preview.stop != nil {
		s.preview.stop()
	}
	s.env.Jobs.Cancel(s.preview.job)
	s.preview = preview{key: key}
	pause := pauseFetched
	if r, ok := s.row(key); ok && r.Stored {
		pause = pauseStored
	}
	s.preview.stop = s.env.Jobs.After(pause, rested{key: key})
	return nil
}

func (s *Screen) read(m rested) tea.Cmd {
	if m.key != s.preview.key || s.preview.ready || s.preview.job != 0 {
		return nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{},
		func(ctx context.Context, c jobs.Control) (session.Reading, error) {
			return s.mail.Read(ctx, c.Span, session.ReadOptions{Key: m.key, Peek: true})
		})
	s.preview.job = id
	return cmd
}

func (s *Screen) readDone(d jobs.Done[session.Reading]) (screen.Action, tea.Cmd) {
	if d.Job != s.preview.job {
		return nil, nil
	}
	s.preview.job = 0
	s.preview.reading, s.preview.failure, s.preview.ready = d.Value, d.Err, true
	s.preview.lay(s)
	return nil, nil
}

// lay sets the text for the pane's width.
func (p *preview) lay(s *Screen) {
	_, _, width := s.panes()
	if !p.ready || p.failure != nil || width == 0 {
		return
	}
	p.letter = widget.SetLetter(p.reading, width-2, foldFrom)
	p.body = p.letter.Rows(s.env.Theme, s.env.Words, width)
	p.top = min(p.top, max(len(p.body)-1, 0))
}

// scroll moves the text by n lines.
func (p *preview) scroll(n, height int) {
	p.top = max(min(p.top+n, len(p.body)-height), 0)
}

// explain says why a message came back; for a message that is no bounce there is nothing to explain.
func (s *Screen) explain() (screen.Action, tea.Cmd) {
	r, ok := s.current()
	key, ok := deed.BounceOf(r, ok)
	if !ok {
		return screen.Say{Text: s.env.Words.Mailbox.NothingWrong}, nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Reading},
		func(ctx context.Context, c jobs.Control) (deed.Came, error) {
			reading, err := s.mail.Read(ctx, c.Span, session.ReadOptions{Key: key, Peek: true})
			return deed.Came{Key: key, Said: reading.Bounce}, err
		})
	s.state.bounce = id
	return nil, cmd
}

func (s *Screen) bounceRead(d jobs.Done[deed.Came]) screen.Action {
	if d.Job != s.state.bounce {
		return nil
	}
	s.state.bounce = 0
	return deed.Explained(s.env.Words, s.env.Now(), s.place(), d)
}
