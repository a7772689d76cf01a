package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
)

const (
	resultStays = 8 * time.Second
	waitQuiet   = 300 * time.Millisecond // nothing is said of a wait before
	waitEvery   = time.Second
	keptNotices = 200
)

// notice is one sentence in the notice row.
type notice struct {
	id    int
	kind  screen.Kind
	text  text.Safe
	short text.Safe // for where text does not fit; may be empty
	err   error
	at    time.Time
}

// notices holds what stands in the notice row, one a kind, and the log of all.
type notices struct {
	next    int
	current []notice
	log     []notice
}

// expire takes a result away when its time is over.
type expire struct{ id int }

func (n *notices) add(s screen.Say, at time.Time) notice {
	n.next++
	one := notice{id: n.next, kind: s.Kind, text: s.Text, short: s.Short, err: s.Err, at: at}
	n.drop(func(o notice) bool { return o.kind == s.Kind && (s.Kind != screen.Fault || o.text == s.Text) })
	n.current = append(n.current, one)
	n.log = append(n.log, one)
	if len(n.log) > keptNotices {
		n.log = n.log[len(n.log)-keptNotices:]
	}
	return one
}

func (n *notices) drop(which func(notice) bool) {
	var kept []notice
	for _, o := range n.current {
		if !which(o) {
			kept = append(kept, o)
		}
	}
	n.current = kept
}

func (n *notices) clear() { n.current = nil }

func (n *notices) expire(e expire) { n.drop(func(o notice) bool { return o.id == e.id }) }

// front is the highest notice: errors before results before hints, the newest of a kind first.
func (n *notices) front() (notice, bool) {
	best := -1
	for i, o := range n.current {
		if best < 0 || o.kind >= n.current[best].kind {
			best = i
		}
	}
	if best < 0 {
		return notice{}, false
	}
	return n.current[best], true
}

// fault reports whether an error stands in front: the first esc takes it away, the next one goes back.
func (n *notices) fault() bool {
	o, ok := n.front()
	return ok && o.kind == screen.Fault
}

// cause is the error behind the notice in front.
func (n *notices) cause() error {
	if o, ok := n.front(); ok {
		return o.err
	}
	return nil
}

// say puts a sentence into the notice row. A result leaves after a while.
func (a *App) say(s screen.Say) {
	if s.Text == "" {
		return
	}
	if s.Err != nil {
		s.Text = a.verdict(s)
	}
	if s.Undo != nil {
		a.undo = s.Undo
	}
	one := a.notices.add(s, a.env.Now())
	if s.Kind == screen.Result {
		a.env.Jobs.After(resultStays, expire{id: one.id})
	}
}

// verdict is the sentence of an error: who must act, then what happened. Where nothing is known of the error, the
// sentence stays that it came with.
func (a *App) verdict(s screen.Say) text.Safe {
	d := a.diagnose(s.Err)
	if d.Act == "" || !known(d) {
		return s.Text
	}
	return text.Clean(d.Act) + a.env.Words.App.Between + text.Clean(d.Title)
}

// waiting says what is waited for, once it takes long enough to be worth saying.
type waiting struct {
	front  jobs.Wait
	shown  bool
	asked  bool // a tick is under way
	latest text.Safe
	dirty  bool
}

// waitTick is the time to say, or say anew, what is waited for.
type waitTick struct{}

// watchWaits looks whether somebody waits for a job, and asks for the next moment to speak of it.
func (a *App) watchWaits() tea.Cmd {
	w := &a.waiting
	front, ok := a.env.Jobs.Front()
	if !ok {
		w.front, w.shown, w.latest = jobs.Wait{}, false, ""
		return nil
	}
	if front.ID != w.front.ID {
		w.shown, w.latest = false, ""
	}
	w.front = front
	if w.dirty {
		w.dirty = false
		w.shown = true
		w.latest = a.waitText(front)
	}
	if w.asked {
		return nil
	}
	w.asked = true
	d := waitQuiet
	if w.shown {
		d = waitEvery
	}
	a.env.Jobs.After(d, waitTick{})
	return nil
}

func (w *waiting) tick() { w.asked, w.dirty = false, true }

// stopFront cancels the wait in front; esc does.
func (w *waiting) stopFront(a *App) bool {
	if w.front.ID == 0 || !w.shown {
		return false
	}
	a.env.Jobs.Cancel(w.front.ID)
	a.say(screen.Say{Kind: screen.Result, Text: text.F(a.env.Words.App.Stopped, w.front.Spec.What)})
	return true
}

func (a *App) waitText(w jobs.Wait) text.Safe {
	what := w.Spec.What
	if w.Progress.What != "" {
		what = w.Progress.What
	}
	since := a.env.Now().Sub(w.Began)
	spent := text.F("%d s", int(since.Seconds()+0.5))
	if since < time.Second {
		spent = text.Span(since)
	}
	if w.Progress.Of > 0 {
		return text.F(a.env.Words.App.Waiting, what, text.Num(w.Progress.Done), text.Num(w.Progress.Of), spent)
	}
	return text.F(a.env.Words.App.WaitingNoEnd, what, spent)
}

// ownWait is what the screen in front says of its own wait; empty where the app says it, or nothing is waited for.
func (a *App) ownWait() text.Safe {
	if w, ok := a.top().(screen.Waiter); ok {
		return w.Waiting()
	}
	return ""
}

// noticeText is what the notice row says in room cells when no question stands there.
func (a *App) noticeText(room int) (theme.Role, text.Safe) {
	front, ok := a.notices.front()
	rest := len(a.notices.current) - 1
	progress := text.Safe("")
	if a.waiting.shown {
		progress = a.waiting.latest
	}
	if own := a.ownWait(); own != "" {
		progress = own
	}
	switch {
	case progress != "" && (!ok || front.kind != screen.Fault):
		return theme.Live, withTail(progress, "", rest+1, room)
	case !ok && a.typing() && a.sheet == nil:
		return theme.Muted, text.Cut(a.top().Help().About, room)
	case !ok:
		return theme.Text, ""
	}
	role, tail, said := theme.Text, text.Safe(""), front.text
	if front.kind == screen.Fault {
		role = theme.Fail
	}
	if front.err != nil && !a.typing() {
		tail = a.env.Words.App.ExplainHint
	}
	if front.short != "" && text.Width(said) > room {
		said = front.short
	}
	return role, withTail(said, tail, rest, room)
}

// withTail cuts s so that the hint and the number of further notices still fit behind it.
func withTail(s, hint text.Safe, rest, room int) text.Safe {
	tail := hint
	if rest > 0 {
		tail += text.F(" (+%d)", rest)
	}
	return text.Cut(s, room-text.Width(tail)) + tail
}
