package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"todoku/diag/explain"
	"todoku/session"
	"todoku/ui/text"
)

// bodyOctets bounds a text read from standard input.
const bodyOctets = 16 << 20

type sendFlags struct {
	draft   session.Draft
	to, cc  []string
	bcc     []string
	attach  []string
	body    string
	bodyIn  string
	replyTo int64
	all     bool
	check   bool
}

func (a *app) sendCommand() *cobra.Command {
	f := &sendFlags{}
	c := &cobra.Command{
		Use:  "send --to ADDRESS ... --subject TEXT [--body TEXT | < FILE]",
		Args: a.args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error { return a.send(c, f) },
	}
	fl := c.Flags()
	fl.StringArrayVarP(&f.to, "to", "t", nil, "")
	fl.StringArrayVar(&f.cc, "cc", nil, "")
	fl.StringArrayVar(&f.bcc, "bcc", nil, "")
	fl.StringVarP(&f.draft.Subject, "subject", "s", "", "")
	fl.StringVarP(&f.body, "body", "b", "", "")
	fl.StringVar(&f.bodyIn, "body-file", "-", "")
	fl.StringArrayVar(&f.attach, "attach", nil, "")
	fl.Int64Var(&f.replyTo, "reply", 0, "")
	fl.BoolVar(&f.all, "all", false, "")
	fl.BoolVar(&f.check, "check", false, "")
	return c
}

func (a *app) send(c *cobra.Command, f *sendFlags) error {
	ctx := c.Context()
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	draft, err := a.draft(c, s, f)
	if err != nil {
		return err
	}
	if f.check {
		return a.check(ctx, s, draft)
	}
	sent, err := s.Send(ctx, a.span.Child("send"), session.SendOptions{Draft: draft})
	if sent.MessageID == "" {
		return err
	}
	if a.flags.json {
		err = first(err, a.printJSON("sent", sent))
	} else {
		a.printSent(sent)
	}
	return first(err, a.sentStatus(sent))
}

// draft makes the draft that the flags describe.
func (a *app) draft(c *cobra.Command, s *session.Session, f *sendFlags) (session.Draft, error) {
	account, err := a.account(s)
	if err != nil {
		return session.Draft{}, err
	}
	o := session.ComposeOptions{Account: account.Name, Kind: session.DraftNew, Key: f.replyTo}
	if f.replyTo != 0 {
		o.Kind = session.DraftReply
		if f.all {
			o.Kind = session.DraftReplyAll
		}
	}
	d, err := s.Compose(c.Context(), a.span, o)
	if err != nil {
		return d, err
	}
	d.To = joined(d.To, f.to)
	d.Cc = joined(d.Cc, f.cc)
	d.Bcc = joined(d.Bcc, f.bcc)
	if f.draft.Subject != "" {
		d.Subject = f.draft.Subject
	}
	if strings.TrimSpace(d.To+d.Cc+d.Bcc) == "" {
		return d, &usageError{c, a.usageWords().CLI.NoRecipient}
	}
	body, err := a.body(c, f)
	if err != nil {
		return d, err
	}
	d.Text = body + d.Text
	for _, path := range f.attach {
		info, err := os.Stat(path)
		if err != nil {
			return d, err
		}
		d.Files = append(d.Files, session.DraftFile{Name: filepath.Base(path), Size: info.Size(), Path: path})
	}
	return d, nil
}

func joined(have string, more []string) string {
	all := more
	if have != "" {
		all = append([]string{have}, more...)
	}
	return strings.Join(all, ", ")
}

func (a *app) body(c *cobra.Command, f *sendFlags) (string, error) {
	if c.Flags().Changed("body") {
		return f.body + "\n", nil
	}
	var in io.Reader = a.env.Stdin
	if f.bodyIn != "-" {
		file, err := os.Open(f.bodyIn)
		if err != nil {
			return "", err
		}
		defer file.Close()
		in = file
	}
	b, err := io.ReadAll(io.LimitReader(in, bodyOctets+1))
	if err != nil {
		return "", err
	}
	if len(b) > bodyOctets {
		return "", &usageError{c, text.F(a.usageWords().CLI.TooLong, bodyOctets>>20)}
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n"), nil
}

func (a *app) printSent(sent session.Sent) {
	words := a.words()
	for _, r := range sent.Recipients {
		fmt.Fprintf(a.env.Stdout, "%s  %s  %s\n", text.Fit(words.Levels[r.State], 7), text.Clean(r.Addr), text.Clean(r.Reply))
	}
	if sent.QueueID != "" {
		fmt.Fprintln(a.env.Stdout, text.F(words.Printed.QueuedAs, words.Printed.States[sent.State], sent.Server, sent.QueueID))
	}
	if sent.Error != nil {
		fmt.Fprintln(a.env.Stdout, a.sentence(*sent.Error))
	}
}

// sentStatus is the exit code of what became of the message.
func (a *app) sentStatus(sent session.Sent) error {
	ok, refused := 0, 0
	for _, r := range sent.Recipients {
		switch r.State {
		case "ok":
			ok++
		case "fail":
			refused++
		}
	}
	switch {
	case ok == len(sent.Recipients):
		return nil
	case ok > 0:
		return &exitStatus{ExitPartial}
	case refused == len(sent.Recipients):
		return &exitStatus{ExitRefused}
	case sent.Error != nil && sent.State != "unknown":
		return &exitStatus{diagnosisCode(explain.Finding(*sent.Error, a.lang()))}
	}
	return &exitStatus{ExitTemporary}
}

// sentStatuses is the exit code of several messages: that of the first which is not accepted by all.
func (a *app) sentStatuses(all []session.Sent) error {
	for _, sent := range all {
		if err := a.sentStatus(sent); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) outboxCommand() *cobra.Command {
	var retry, drop int64
	c := &cobra.Command{
		Use:  "outbox",
		Args: a.args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error { return a.outbox(c.Context(), retry, drop) },
	}
	c.Flags().Int64Var(&retry, "retry", 0, "")
	c.Flags().Int64Var(&drop, "drop", 0, "")
	return c
}

func (a *app) outbox(ctx context.Context, retry, drop int64) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	if retry != 0 || drop != 0 {
		o := session.RetryOptions{Key: retry}
		if drop != 0 {
			o = session.RetryOptions{Key: drop, Drop: true}
		}
		sent, err := s.Retry(ctx, a.span.Child("send"), o)
		if err != nil || drop != 0 {
			return err
		}
		if a.flags.json {
			return first(a.printJSON("sent", sent), a.sentStatus(sent))
		}
		a.printSent(sent)
		return a.sentStatus(sent)
	}
	entries, err := s.Outbox(ctx, a.span, session.FoldersOptions{Account: a.flags.account})
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON("outbox", entries)
	}
	words := a.words().Printed
	for _, e := range entries {
		fmt.Fprintf(a.env.Stdout, "%6d  %s  %s  %s\n", e.Key, text.Fit(words.States[e.State], 8), text.F(words.Entry, e.Attempts), text.Clean(e.Subject))
	}
	return nil
}
