package ui

import (
	tea "charm.land/bubbletea/v2"

	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// promptLine is a question or a line to type in the notice row.
type promptLine struct {
	ask    *screen.Ask
	prompt screen.Prompt
	input  widget.Input
}

func newPrompt(p screen.Prompt) *promptLine {
	l := &promptLine{prompt: p}
	l.input.Set(p.Text)
	return l
}

// lineKey answers the question or types into the prompt.
func (a *App) lineKey(p screen.Press) tea.Cmd {
	if a.line.ask != nil {
		return a.answerKey(p)
	}
	l := a.line
	switch p.Verb {
	case keys.Open:
		a.line = nil
		return a.reply(screen.Prompted{To: l.prompt.To, Text: l.input.Value(), OK: true})
	case keys.Back:
		a.line = nil
		return a.reply(screen.Prompted{To: l.prompt.To})
	case keys.Next:
		if l.prompt.Completes {
			return a.tell(screen.Completing{To: l.prompt.To, Text: l.input.Value()})
		}
	}
	l.input.Key(p.Key)
	return nil
}

func (a *App) answerKey(p screen.Press) tea.Cmd {
	ask, n := a.line.ask, 0
	switch {
	case p.Verb == keys.Open:
		n = 1
	case p.Verb == keys.Number && p.N <= len(ask.Answers):
		n = p.N
	case p.Verb == keys.Back || p.Verb == keys.Quit:
	default:
		return nil
	}
	a.line = nil
	return a.reply(screen.Answered{To: ask.To, N: n})
}

// reply gives an answer to the wire if it asked, else to the screen in front.
func (a *App) reply(msg tea.Msg) tea.Cmd {
	if act, cmd, mine := a.wire.Answer(msg); mine {
		return tea.Batch(a.do(act), cmd)
	}
	return a.tell(msg)
}

func (l *promptLine) draw(row *widget.Line, th *theme.Theme) (string, *screen.Cell) {
	if l.ask != nil {
		need := 0
		for _, answer := range l.ask.Answers {
			need += 4 + text.Width(answer)
		}
		row.Put(theme.Title, text.Cut(l.ask.Question, row.Left()-need))
		for i, answer := range l.ask.Answers {
			row.Gap(2).Put(theme.Accent, text.F("%d", i+1)).Gap(1).Put(theme.Text, answer)
		}
		return row.String(), nil
	}
	row.Put(theme.Title, text.Cut(l.prompt.Label, row.Left()/2)).Put(theme.Text, ": ")
	at, width := row.Used(), row.Left()
	typed, x := l.input.View(th, width)
	return row.Raw(typed, width).String(), &screen.Cell{X: at + x, Insert: true}
}

func (l *promptLine) foot(w *text.Catalogue) text.Safe {
	switch {
	case l.ask != nil:
		return w.App.AnswerFoot
	case l.prompt.Completes:
		return w.App.CompleteFoot
	}
	return w.App.PromptFoot
}
