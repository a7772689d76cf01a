package cli

import (
	"todoku/diag/explain"
	"todoku/internal/config"
	"todoku/ui/text"
)

// words are the words of this run's language.
func (a *app) words() *text.Catalogue { return text.New(text.Lang(a.lang())) }

// lang is the language of this run: the flag, the settings, the locale.
func (a *app) lang() explain.Lang {
	setting := a.flags.lang
	switch {
	case setting != "":
	case a.session != nil:
		setting = a.session.Config.Lang
	default:
		setting = a.settingsLang
	}
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale == "" {
			locale = a.env.Getenv(name)
		}
	}
	return explain.Lang(text.Choose(setting, locale))
}

// readLang takes the language of the settings for what is said without a session.
func (a *app) readLang() {
	path, err := a.configPath()
	if err != nil || a.flags.lang != "" || a.session != nil {
		return
	}
	if c, problems := config.Load(path); len(problems) == 0 {
		a.settingsLang = c.Lang
	}
}
