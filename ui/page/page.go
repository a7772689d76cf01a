// Package page writes a recorded run as one HTML page for a provider's support: nothing in it is fetched and nothing
// runs, and whatever servers said is inert text.
package page

import (
	"context"
	_ "embed"
	"html/template"
	"io"

	"todoku/session"
	"todoku/ui/text"
)

//go:embed head.html
var head string // of every page

//go:embed page.html
var source string

//go:embed page.css
var style string

// Write writes the run as it is given; RunFile.Masked makes the one that others may see.
func Write(ctx context.Context, w io.Writer, run session.RunFile, words *text.Catalogue) error {
	traces, err := run.Traces(ctx)
	if err != nil {
		return err
	}
	t, err := template.New("page").Parse(head + source)
	if err != nil {
		return err
	}
	v := view{W: words, Style: template.CSS(style), Version: text.Visible([]byte(run.Header.Version)), Masked: run.Header.Masked}
	for _, recorded := range traces {
		v.Traces = append(v.Traces, drawer{words: words, recorded: recorded, dialogues: recorded.Dialogues()}.trace(ctx))
	}
	return t.Execute(until{ctx, w}, v)
}

// Save writes the page as a file, which must not exist.
func Save(ctx context.Context, path string, run session.RunFile, words *text.Catalogue) error {
	return session.NewFile(path, func(w io.Writer) error { return Write(ctx, w, run, words) })
}

// until writes until its context ends.
type until struct {
	ctx context.Context
	w   io.Writer
}

func (u until) Write(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(p)
}

// view is what the page shows.
type view struct {
	W       *text.Catalogue
	Style   template.CSS
	Version text.Safe
	Masked  bool
	Traces  []traceView
}

// traceView is one trace.
type traceView struct {
	Target, Word, State     text.Safe
	Title, Act, Said, Means text.Safe
	Retry                   text.Safe // of what a mail server keeps
	Facts                   []fact
	Path                    []stop
	Also                    []finding
	Rows                    []row
	Length, Critical        text.Safe
	Steps                   []stepView
}

// fact is a label and its value.
type fact struct{ Label, Value text.Safe }

// stop is a step on the path.
type stop struct {
	Number                 int
	Name, State, Word, Who text.Safe
	Took                   text.Safe
}

// finding is a sentence with its state.
type finding struct{ State, Word, Where, Title, Act text.Safe }

// row is a line of the waterfall.
type row struct {
	Step       int
	Name, Took text.Safe
	Bars       []bar
}

// bar is a hop in it, in thousandths of the run's length.
type bar struct {
	X, Width float64
	State    text.Safe
	Critical bool
	What     text.Safe
}

// stepView is a step with its hops.
type stepView struct {
	stop
	Groups []groupView
}

// groupView are hops that belong together: the dialogue with one address, the queries for one question.
type groupView struct {
	Name, State, Word, Took text.Safe
	Open                    bool
	Hops                    []hopView
}

// hopView is one hop.
type hopView struct {
	What, State, Word, Took text.Safe
	Facts                   []fact
	Lines                   []line
	Records                 []record
	Title, Means, Act       text.Safe
	Rules                   text.Safe
	Offers                  []text.Safe
	Certificates            []certificate
}

// line is a line of a dialogue.
type line struct{ Mark, Text, Took text.Safe }

// record is a DNS record; Section says where in the reply it stood.
type record struct{ Section, Name, TTL, Type, Data text.Safe }

// certificate is one of a chain.
type certificate struct{ Subject, Issuer, Names, From, Until, SHA256 text.Safe }
