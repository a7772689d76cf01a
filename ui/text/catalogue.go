package text

import "strings"

// Lang is a language of the interface.
type Lang string

const (
	EN Lang = "en"
	JA Lang = "ja"
)

// Choose picks the language from a setting ("en", "ja", "auto" or "") and the locale ("ja_JP.UTF-8").
func Choose(setting, locale string) Lang {
	switch {
	case setting == string(JA), setting != string(EN) && strings.HasPrefix(locale, "ja"):
		return JA
	}
	return EN
}

// Catalogue is every word of the interface in one language. Formats take their values through F; a test holds the
// two languages to the same fields and the same verbs.
type Catalogue struct {
	Lang         Lang
	Weekday      [7]Safe // in a list, beginning with Sunday
	WeekdayShort [7]Safe // in a full date
	Month        [12]Safe
	TodayWord    Safe
	Steps        [4]Safe         // the four steps of a delivery
	Levels       map[string]Safe // the words of the states, by trace.Level and by send state
	Verdicts     map[string]Safe // what a mail server would do, by delivery.Word
	Roles        map[string]Safe // folders by special use
	Verbs        map[string]Verb // by keys.Verb
	Groups       [5]Safe         // the columns of the help sheet

	App     AppWords
	CLI     CLIWords
	Help    HelpWords
	Printed PrintedWords
	Mailbox MailboxWords
	Reader  ReaderWords
	Wire    WireWords
	Welcome WelcomeWords
	Setup   SetupWords
	Explain ExplainWords
	Runs    RunsWords
	Compose ComposeWords
	Tracer  TracerWords
	Ladder  LadderWords
	Sandbox SandboxWords
	Compare CompareWords
	Versus  VersusWords
	Bounce  BounceWords
}

// Verb is how one verb is called: in the footer, and in the palette and the help sheet.
type Verb struct{ Foot, Long Safe }

// New gives the catalogue of a language; English for one it does not have.
func New(lang Lang) *Catalogue {
	if lang == JA {
		return japanese()
	}
	return english()
}

func english() *Catalogue {
	return &Catalogue{
		Lang:         EN,
		Weekday:      [7]Safe{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		WeekdayShort: [7]Safe{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		Month:        [12]Safe{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		TodayWord:    "today",
		Steps:        [4]Safe{"submission", "DNS", "transfer", "pick-up"},
		Levels: map[string]Safe{"wait": "wait", "live": "live", "ok": "ok", "pass": "ok", "warn": "warn", "fail": "fail",
			"n/a": "n/a", "unknown": "unknown"},
		Verdicts: map[string]Safe{"delivered": "delivered", "deferred": "deferred", "refused": "refused", "unknown": "unknown"},
		Roles: map[string]Safe{"inbox": "Inbox", "drafts": "Drafts", "sent": "Sent", "archive": "Archive",
			"junk": "Junk", "trash": "Trash", "all": "All mail", "flagged": "Flagged"},
		Verbs:   englishVerbs(),
		Groups:  [5]Safe{"this message", "go", "many messages", "anywhere", "while typing"},
		App:     englishApp(),
		CLI:     englishCLI(),
		Help:    englishHelp(),
		Printed: englishPrinted(),
		Mailbox: englishMailbox(),
		Reader:  englishReader(),
		Wire:    englishWire(),
		Welcome: englishWelcome(),
		Setup:   englishSetup(),
		Explain: englishExplain(),
		Runs:    englishRuns(),
		Compose: englishCompose(),
		Tracer:  englishTracer(),
		Ladder:  englishLadder(),
		Sandbox: englishSandbox(),
		Compare: englishCompare(),
		Versus:  englishVersus(),
		Bounce:  englishBounce(),
	}
}

func japanese() *Catalogue {
	months := [12]Safe{"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"}
	return &Catalogue{
		Lang:         JA,
		Weekday:      [7]Safe{"日曜", "月曜", "火曜", "水曜", "木曜", "金曜", "土曜"},
		WeekdayShort: [7]Safe{"日", "月", "火", "水", "木", "金", "土"},
		Month:        months,
		TodayWord:    "今日",
		Steps:        [4]Safe{"送信", "宛先照合", "転送", "受信"},
		Levels: map[string]Safe{"wait": "待ち", "live": "実行中", "ok": "正常", "pass": "正常", "warn": "注意", "fail": "失敗",
			"n/a": "対象外", "unknown": "不明"},
		Verdicts: map[string]Safe{"delivered": "配達できる", "deferred": "保留", "refused": "拒否", "unknown": "不明"},
		Roles: map[string]Safe{"inbox": "受信箱", "drafts": "下書き", "sent": "送信済み", "archive": "保管",
			"junk": "迷惑メール", "trash": "ごみ箱", "all": "すべてのメール", "flagged": "印つき"},
		Verbs:   japaneseVerbs(),
		Groups:  [5]Safe{"このメール", "移動", "まとめて", "どこでも", "入力中"},
		App:     japaneseApp(),
		CLI:     japaneseCLI(),
		Help:    japaneseHelp(),
		Printed: japanesePrinted(),
		Mailbox: japaneseMailbox(),
		Reader:  japaneseReader(),
		Wire:    japaneseWire(),
		Welcome: japaneseWelcome(),
		Setup:   japaneseSetup(),
		Explain: japaneseExplain(),
		Runs:    japaneseRuns(),
		Compose: japaneseCompose(),
		Tracer:  japaneseTracer(),
		Ladder:  japaneseLadder(),
		Sandbox: japaneseSandbox(),
		Compare: japaneseCompare(),
		Versus:  japaneseVersus(),
		Bounce:  japaneseBounce(),
	}
}
