package compose

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// aheadMost is how long ctrl+x waits for what the network knows of the recipients.
const aheadMost = 2 * time.Second

// looked is what a look at the draft found.
type looked struct {
	checks, ahead []session.Check
	asked         string // the recipients that ahead is about; "" if nobody asked
}

// check looks at the draft. When its recipients are others than before, the network is asked about them too.
func (s *Screen) check() tea.Cmd { return tea.Batch(s.checkDraft(), s.lookAhead()) }

// checkDraft looks at the draft without the address that is being typed just now: it is not wrong yet.
func (s *Screen) checkDraft() tea.Cmd {
	d := s.without(func(now string) bool { return !strings.Contains(now, "@") })
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (looked, error) {
		checks, err := s.mail.Check(ctx, c.Span, d)
		return looked{checks: checks}, err
	})
	s.checkJob = id
	return cmd
}

// lookAhead asks the network about the recipients, unless it was asked already. What may still become another name is
// asked of nobody.
func (s *Screen) lookAhead() tea.Cmd {
	d := s.without(func(string) bool { return true })
	asked := recipients(d)
	if asked == s.asked {
		return nil
	}
	s.env.Jobs.Cancel(s.aheadJob)
	s.asked, s.ahead, s.aheadJob = asked, nil, 0
	s.layout()
	if d.To+d.Cc+d.Bcc == "" {
		return nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (looked, error) {
		ahead, err := s.mail.CheckAhead(ctx, c.Span, d)
		return looked{ahead: ahead, asked: asked}, err
	})
	s.aheadJob = id
	return cmd
}

// without is the draft as it stands, without the address that is being typed if it is unfinished.
func (s *Screen) without(unfinished func(now string) bool) session.Draft {
	d := s.current()
	for f, value := range map[field]*string{to: &d.To, cc: &d.Cc, bcc: &d.Bcc} {
		if f == s.focus {
			if before, now := token(*value); unfinished(now) {
				*value = before
			}
		}
	}
	return d
}

// recipients tells whether the network was asked about these.
func recipients(d session.Draft) string {
	return strings.Join([]string{d.Account, d.To, d.Cc, d.Bcc}, "\n")
}

// send has the whole draft checked first.
func (s *Screen) send() (screen.Action, tea.Cmd) {
	if s.held {
		return s.depart(), nil
	}
	d := s.current()
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (looked, error) {
		short, cancel := context.WithTimeout(ctx, aheadMost)
		defer cancel()
		ahead, err := s.mail.CheckAhead(short, c.Span, d)
		if err != nil {
			return looked{}, err
		}
		checks, err := s.mail.Check(ctx, c.Span, d)
		return looked{checks, ahead, recipients(d)}, err
	})
	s.sendJob = id
	return nil, cmd
}

// found takes what a look at the draft gave.
func (s *Screen) found(d jobs.Done[looked]) (screen.Action, tea.Cmd) {
	switch {
	case d.Job == 0:
	case d.Job == s.sendJob:
		return s.checked(d), nil
	case d.Err != nil:
	case d.Job == s.checkJob:
		s.checks = d.Value.checks
		s.layout()
	case d.Job == s.aheadJob:
		s.ahead = d.Value.ahead
		s.layout()
		return nil, s.checkDraft() // with what the server was found to take
	}
	return nil, nil
}

// checked takes what the check found that ctrl+x asked for: the draft goes on its way or is held.
func (s *Screen) checked(d jobs.Done[looked]) screen.Action {
	s.sendJob, s.checkJob, s.aheadJob = 0, 0, 0
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}
	}
	s.checks, s.ahead, s.asked = d.Value.checks, d.Value.ahead, d.Value.asked
	s.layout()
	for _, c := range s.known() {
		if c.Level == trace.Fail {
			return s.hold(c)
		}
	}
	return s.depart()
}

// known is all that is known of the draft before it leaves.
func (s *Screen) known() []session.Check { return slices.Concat(s.checks, s.ahead) }

// hold says why the draft stays. What cannot be written as a message at all stays until it is corrected.
func (s *Screen) hold(c session.Check) screen.Action {
	w := s.env.Words
	d := explain.Finding(c, explain.Lang(w.Lang))
	act := text.Clean(d.Act) + w.App.Between
	if f, wrong := fieldOf(c); wrong {
		s.goTo(f)
		return screen.Say{Kind: screen.Fault, Text: act + text.Clean(d.Title)}
	}
	s.held = true
	return screen.Say{Kind: screen.Fault, Text: act + w.Compose.SendAnyway} // what is wrong stands in the row of checks
}

// fieldOf is the field in which a check's fault is corrected, for those without which no message can be built.
func fieldOf(c session.Check) (field, bool) {
	switch {
	case c.Code == "compose.no-recipient":
		return to, true
	case c.Code == "compose.no-account", c.Code == "compose.sender":
		return from, true
	case c.Code == "compose.injection" && c.Args["field"] == "file":
		return attach, true
	case !strings.HasPrefix(c.Code, "compose."):
		return body, false
	}
	f, named := map[string]field{"from": from, "to": to, "cc": cc, "bcc": bcc, "subject": subject}[c.Args["field"]]
	return f, named
}
