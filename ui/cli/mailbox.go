package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/text"
)

const inbox = "INBOX"

func (a *app) listCommand() *cobra.Command {
	o := session.ListOptions{Folder: inbox}
	var offline, folders bool
	c := &cobra.Command{
		Use:  "list",
		Args: a.args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.list(c.Context(), o, offline, folders)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.Folder, "folder", "f", inbox, "")
	f.IntVarP(&o.Limit, "limit", "n", 50, "")
	f.StringVarP(&o.Search, "search", "s", "", "")
	f.BoolVar(&offline, "offline", false, "")
	f.BoolVar(&folders, "folders", false, "")
	return c
}

// list prints stored rows even if the server could not be asked; the exit code then says so.
func (a *app) list(ctx context.Context, o session.ListOptions, offline, folders bool) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	account, err := a.account(s)
	if err != nil {
		return err
	}
	o.Account = account.Name
	var syncErr error
	if !offline {
		_, syncErr = s.Sync(ctx, a.span.Child("sync"), session.SyncOptions{Account: account.Name, Folder: o.Folder, Folders: folders})
	}
	if folders {
		all, err := s.Folders(ctx, a.span, session.FoldersOptions{Account: account.Name})
		if err != nil {
			return err
		}
		return first(syncErr, a.printFolders(all))
	}
	if o.Search != "" {
		if _, err := s.Index(ctx, a.span, session.FoldersOptions{Account: account.Name}); err != nil {
			return first(syncErr, err)
		}
	}
	result, err := s.List(ctx, a.span, o)
	if err != nil {
		return first(syncErr, err)
	}
	return first(syncErr, a.printList(result))
}

// first gives the error that came first in time.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printFolders(all []mail.Folder) error {
	if a.flags.json {
		return a.printJSON("folders", all)
	}
	for _, f := range all {
		role := text.Clean(string(f.Role))
		if f.Local {
			role = a.words().Printed.OnDisk
		}
		fmt.Fprintf(a.env.Stdout, "%6s %6s  %s  %s\n", count(f.Unread), count(f.Total), text.Fit(role, 8), text.Clean(f.Name))
	}
	return nil
}

func count(n int) string {
	if n < 0 {
		return "?"
	}
	return strconv.Itoa(n)
}

func (a *app) printList(l session.ListResult) error {
	if a.flags.json {
		return a.printJSON("list", l)
	}
	for _, r := range l.Rows {
		fmt.Fprintln(a.env.Stdout, rowLine(r))
	}
	return nil
}

// rowLine is one message: key, marks as in the list of the interface, time, sender, subject.
func rowLine(r session.Row) string {
	marks := []byte("    ")
	if r.Pending {
		marks[0] = '~'
	}
	switch {
	case !r.Flags.Has(mail.Seen):
		marks[1] = 'N'
	case r.Flags.Has(mail.Answered):
		marks[1] = 'r'
	case r.Flags.Has(mail.Forwarded):
		marks[1] = 'f'
	}
	switch {
	case r.Bounced, len(r.Returned) > 0:
		marks[2] = '!'
	case r.Flags.Has(mail.Flagged):
		marks[2] = '*'
	case r.HasFile:
		marks[2] = '+'
	}
	from := ""
	if len(r.Envelope.From) > 0 {
		from = r.Envelope.From[0].Name
		if from == "" {
			from = r.Envelope.From[0].Addr
		}
	}
	when := r.Envelope.Date
	if when.IsZero() {
		when = r.Received
	}
	return fmt.Sprintf("%6d %s %s  %s  %s", r.Key, marks, when.Local().Format("2006-01-02 15:04"),
		text.Fit(text.Clean(from), 20), text.Clean(r.Envelope.Subject))
}

func (a *app) readCommand() *cobra.Command {
	o := session.ReadOptions{}
	var header, raw bool
	var part, output string
	c := &cobra.Command{
		Use:  "read KEY",
		Args: a.args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			key, err := a.keys(c, args)
			if err != nil {
				return err
			}
			o.Key = key[0]
			if header {
				o.Header = session.HeaderAll
			}
			if part != "" {
				return a.saveFile(c.Context(), session.SaveFileOptions{Key: o.Key, Part: part, Path: output})
			}
			return a.read(c.Context(), o, raw)
		},
	}
	f := c.Flags()
	f.BoolVar(&header, "headers", false, "")
	f.BoolVar(&raw, "raw", false, "")
	f.BoolVar(&o.Peek, "peek", false, "")
	f.StringVar(&o.Charset, "charset", "", "")
	f.StringVar(&part, "part", "", "")
	f.StringVarP(&output, "output", "o", ".", "")
	return c
}

func (a *app) keys(c *cobra.Command, args []string) ([]int64, error) {
	keys := make([]int64, 0, len(args))
	for _, arg := range args {
		key, err := strconv.ParseInt(arg, 10, 64)
		if err != nil || key <= 0 {
			return nil, &usageError{c, text.F(a.usageWords().CLI.NotKey, arg)}
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func (a *app) read(ctx context.Context, o session.ReadOptions, raw bool) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	if raw {
		return a.readRaw(ctx, s, o)
	}
	r, err := s.Read(ctx, a.span.Child("read"), o)
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON("message", r)
	}
	a.printReading(r)
	return nil
}

func (a *app) readRaw(ctx context.Context, s *session.Session, o session.ReadOptions) error {
	octets, err := s.Source(ctx, a.span.Child("read"), session.SourceOptions{Key: o.Key})
	if err != nil {
		return err
	}
	if isTerminal(a.env.Stdout) {
		octets = []byte(text.CleanText(string(octets)))
	}
	_, err = a.env.Stdout.Write(octets)
	return err
}

// isTerminal reports whether raw octets written to w would be interpreted by a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (a *app) printReading(r session.Reading) {
	w := a.env.Stdout
	if len(r.Header) > 0 {
		for _, h := range r.Header {
			fmt.Fprintf(w, "%s: %s\n", text.Clean(h.Name), text.Clean(h.Value))
		}
	} else {
		e := r.Row.Envelope
		fmt.Fprintf(w, "Subject: %s\nFrom: %s\nTo: %s\n", text.Clean(e.Subject), addresses(e.From), addresses(e.To))
		if len(e.Cc) > 0 {
			fmt.Fprintf(w, "Cc: %s\n", addresses(e.Cc))
		}
		fmt.Fprintf(w, "Date: %s\n", e.Date.Local().Format("Mon 2 Jan 2006 15:04 MST"))
	}
	fmt.Fprintf(w, "\n%s\n", text.CleanText(r.Text))
	for i, f := range r.Files {
		fmt.Fprintln(w, text.F(a.words().Printed.File, i+1, f.FileName, f.Size, f.Path))
	}
	for i, link := range r.Links {
		fmt.Fprintf(w, "[%d] %s\n", len(r.Files)+i+1, text.Clean(link))
	}
	if r.Incomplete != "" {
		fmt.Fprintf(w, "(%s)\n", text.Clean(r.Incomplete))
	}
}

func addresses(list []mail.Address) string {
	s := ""
	for i, a := range list {
		if i > 0 {
			s += ", "
		}
		if a.Name != "" {
			s += string(text.Clean(a.Name) + " <" + text.Clean(a.Addr) + ">")
		} else {
			s += string(text.Clean(a.Addr))
		}
	}
	return s
}

func (a *app) saveFile(ctx context.Context, o session.SaveFileOptions) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	path, err := s.SaveFile(ctx, a.span.Child("save"), o)
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON("file", map[string]string{"path": path})
	}
	fmt.Fprintln(a.env.Stdout, path)
	return nil
}

func (a *app) syncCommand() *cobra.Command {
	o := session.SyncOptions{}
	c := &cobra.Command{
		Use:  "sync",
		Args: a.args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error { return a.sync(c.Context(), o) },
	}
	f := c.Flags()
	f.StringVarP(&o.Folder, "folder", "f", inbox, "")
	f.BoolVar(&o.Bodies, "bodies", false, "")
	f.StringSliceVar(&o.Agree, "agree", nil, "")
	return c
}

func (a *app) sync(ctx context.Context, o session.SyncOptions) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	account, err := a.account(s)
	if err != nil {
		return err
	}
	o.Account, o.Folders = account.Name, true
	r, err := s.Sync(ctx, a.span.Child("sync"), o)
	sent, sendErr := s.Deliver(ctx, a.span.Child("deliver"), session.FoldersOptions{Account: account.Name})
	err = first(err, sendErr)
	printErr := a.printSync(o, r, sent) // what was asked for is done: texts become searchable after it
	if err == nil {
		_, err = s.Index(ctx, a.span, session.FoldersOptions{Account: account.Name})
	}
	return first(printErr, err, a.sentStatuses(sent))
}

func (a *app) printSync(o session.SyncOptions, r session.SyncResult, sent []session.Sent) error {
	if a.flags.json {
		return a.printJSON("sync", struct {
			session.SyncResult
			Sent []session.Sent `json:"sent,omitempty"`
		}{r, sent})
	}
	words := a.words().Printed
	fmt.Fprintln(a.env.Stdout, text.F(words.Synced, o.Account, o.Folder, r.New, r.Changed, r.Removed, r.Total))
	for _, f := range append(r.Refused, r.Asks...) {
		fmt.Fprintln(a.env.Stdout, a.sentence(f))
	}
	for _, one := range sent {
		fmt.Fprintf(a.env.Stdout, "%s: %s\n", words.States[one.State], text.Clean(one.Subject))
		a.printSent(one)
	}
	return nil
}
