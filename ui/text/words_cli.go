package text

// CLIWords are said by the commands, beside the words that they share with the screens.
type CLIWords struct {
	Usage                  Safe // the command's usage line
	TooFew                 Safe
	TooMany                Safe // the first argument too many
	NoCommand, NearCommand Safe // what was written; what is near to it
	ListsCommands          Safe
	NoLang                 Safe // what was asked for
	Consent                Safe // host, recipient, sender
	ConsentKey             Safe
	Saved                  Safe // path, events
	MetBy, WhatItIs        Safe
	Step                   Safe
}

func englishCLI() CLIWords {
	return CLIWords{
		Usage: "usage: %s", TooFew: "an argument is missing", TooMany: "there is no place for the argument %q",
		NoCommand: "there is no command %q", NearCommand: "; did you mean %s?", ListsCommands: "; `todoku help` lists them",
		NoLang:     "--lang is en or ja, not %q",
		Consent:    "Ask %s whether it takes mail for %s? It sees this device's address and the sender <%s>.",
		ConsentKey: "y: ask, anything else: stop before it", Saved: "%s: %d events",
		MetBy: "met by", WhatItIs: "what it is", Step: "step",
	}
}

func japaneseCLI() CLIWords {
	return CLIWords{
		Usage: "使い方: %s", TooFew: "引数が足りません", TooMany: "引数 %q は余分です",
		NoCommand: "コマンド %q はありません", NearCommand: "。%s ではありませんか。", ListsCommands: "。一覧は `todoku help`",
		NoLang:     "--lang は en か ja です。%q は使えません",
		Consent:    "%s に %s 宛てのメールを受け取るか尋ねますか。相手にはこの端末のアドレスと差出人 <%s> が見えます。",
		ConsentKey: "y: 尋ねる、ほかのキー: その手前で止める", Saved: "%s: イベント %d 件",
		MetBy: "起こる宛先", WhatItIs: "内容", Step: "段階",
	}
}
