package versus

import (
	"strconv"
	"strings"
	"time"

	"todoku/diag/compare"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// askLine is the prompt for the numbers of a line.
type askLine struct{}

// lineClaims say for which line the totals are computed, and which others there are, each with its number.
func (s *Screen) lineClaims() []claim {
	w := s.env.Words.Versus
	said := text.F(w.LineIs, text.Span(s.line.RTT), text.Bits(s.line.Bandwidth))
	var picks []string
	for i, named := range compare.Lines() {
		if named.Line == s.line {
			said += "  " + w.Lines[named.Name]
		}
		picks = append(picks, strconv.Itoa(i+1)+" "+string(w.Lines[named.Name]))
	}
	picks = append(picks, strconv.Itoa(len(picks)+1)+" "+string(w.OwnLine))
	return []claim{{label: w.Line, said: said}, {label: w.OtherLines, said: text.Clean(strings.Join(picks, "  "))}}
}

// pickLine computes for the line with a number, or asks for the numbers of another.
func (s *Screen) pickLine(n int) screen.Action {
	all := compare.Lines()
	switch {
	case s.part != onAnswer || n > len(all)+1:
		return nil
	case n == len(all)+1:
		now := strconv.FormatInt(s.line.RTT.Milliseconds(), 10) + "ms " + strconv.FormatFloat(float64(s.line.Bandwidth)/1e6, 'f', -1, 64) + "M"
		return screen.Prompt{To: askLine{}, Label: s.env.Words.Versus.AskLine, Text: now}
	}
	return s.putLine(all[n-1].Line)
}

// typedLine takes a round-trip time and a bandwidth: "80ms 2M".
func (s *Screen) typedLine(typed string) screen.Action {
	fields := strings.FieldsFunc(typed, func(r rune) bool { return r == ' ' || r == ',' || r == '、' || r == '　' })
	if len(fields) == 2 {
		rtt, err := time.ParseDuration(fields[0])
		bandwidth, ok := text.Amount(fields[1])
		if err == nil && ok && rtt > 0 && rtt <= mostRTT {
			return s.putLine(compare.Line{RTT: rtt, Bandwidth: bandwidth})
		}
	}
	return screen.Say{Text: text.F(s.env.Words.Versus.NoLine, typed)}
}

// mostRTT bounds what is taken for a round trip: to the moon and back is less.
const mostRTT = time.Minute

// putLine computes the totals for a line.
func (s *Screen) putLine(l compare.Line) screen.Action {
	s.line = l
	on := s.run.report.On(l)
	s.run.report = &on
	s.lay()
	return screen.Say{Kind: screen.Result, Text: text.F(s.env.Words.Versus.OnLine, text.Span(l.RTT), text.Bits(l.Bandwidth))}
}
