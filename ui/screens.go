package ui

import (
	"todoku/session"
	"todoku/ui/mailbox"
	"todoku/ui/reader"
	"todoku/ui/screen"
)

// Session is every verb that the screens use. *session.Session is one.
type Session interface {
	mailbox.Mail
	reader.Mail
	Changes() (changes <-chan session.StoreChange, stop func())
}

// entry is a screen of the table: what it is called and how it is made.
type entry struct {
	name string
	make func(a *App, with any) screen.Screen
}

// screens is the table of all screens. Adding one adds a line here and nothing to App.
func screens() []entry {
	return []entry{
		{screen.Mailbox, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.MailboxArgs)
			return mailbox.New(a.env, a.opts.Session, args)
		}},
		{screen.Reader, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.ReaderArgs)
			return reader.New(a.env, a.opts.Session, args)
		}},
	}
}

// first is the screen that the program begins with.
func (a *App) first() screen.Open {
	if a.opts.Start.Name != "" {
		return a.opts.Start
	}
	return screen.Open{Name: screen.Mailbox, With: screen.MailboxArgs{Account: a.opts.Account}}
}
