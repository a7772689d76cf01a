package text

// CLIWords are said by the commands, beside the words that they share with the screens.
type CLIWords struct {
	TooFew                 Safe
	TooMany                Safe // the first argument too many
	AtMost                 Safe // how many are taken, the first argument too many
	NoCommand, NearCommand Safe // what was written; what is near to it
	ListsCommands          Safe
	NoLang, NoShell        Safe            // what was asked for
	NoFlag, NoValue        Safe            // a flag, with its dashes
	BadValue               Safe            // a flag's name, what it takes, what was given
	Takes                  map[string]Safe // by a flag's kind
	BadFlag                Safe            // what was written
	Apart                  Safe            // two flags
	OneOf                  Safe            // a flag's name, the words, what was given
	AboveZero              Safe
	Amount                 Safe // a flag's name
	NotKey                 Safe // what was given
	NoRecipient            Safe
	TooLong                Safe // MiB
	WhichFlag              Safe
	Consent, ConsentSend   Safe // host, recipients, sender
	ConsentKey             Safe
	Saved                  Safe // path, events
	MetBy, WhatItIs        Safe
	Step                   Safe
}

func englishCLI() CLIWords {
	return CLIWords{
		TooFew: "an argument is missing", TooMany: "there is no place for the argument %q", AtMost: "at most %d arguments a run: there is no place for %q",
		NoCommand: "there is no command %q", NearCommand: "; did you mean %s?", ListsCommands: "; `todoku help` lists them",
		NoLang: "--lang is en or ja, not %q", NoShell: "there is no completion for %q: shells are bash, zsh, fish and powershell",
		NoFlag: "there is no flag %s", NoValue: "%s takes a value, and none is given", BadValue: "--%s takes %s, not %q",
		Takes: map[string]Safe{"int": "a whole number", "int64": "a whole number", "uint16": "a whole number from 0 to 65535", "uint64": "a whole number from 0",
			"duration": "a time such as 20ms or 2s", "stringSlice": "words with commas between", "bool": "true or false"},
		BadFlag: "a flag is not written %s", Apart: "--%s and --%s do not go together", OneOf: "--%s takes one of %s, not %q",
		AboveZero: "--rtt and --devices take numbers above 0", Amount: "--%s takes a number above 0 with k, M or G",
		NotKey:      "%q is not the number of a message: `todoku list` prints it first in each line",
		NoRecipient: "no recipient: say --to ADDRESS", TooLong: "the text is longer than %d MiB: attach it with --attach",
		WhichFlag:   "say which flag: --set seen, --clear flagged",
		ConsentSend: "Send %s a short test message for %s? It sees this device's address and the sender <%s>.",
		Consent:     "Ask %s whether it takes mail for %s? It sees this device's address and the sender <%s>.",
		ConsentKey:  "y: do it, anything else: stop before it", Saved: "%s: %d events",
		MetBy: "met by", WhatItIs: "what it is", Step: "step",
	}
}

func japaneseCLI() CLIWords {
	return CLIWords{
		TooFew: "引数が足りません", TooMany: "引数 %q は余分です", AtMost: "引数は1回に%d個までです: %q は余分です",
		NoCommand: "コマンド %q はありません", NearCommand: "。%s ではありませんか。", ListsCommands: "。一覧は `todoku help`",
		NoLang: "--lang は en か ja です。%q は使えません", NoShell: "%q の補完はありません。bash、zsh、fish、powershell があります",
		NoFlag: "フラグ %s はありません", NoValue: "%s には値が要ります", BadValue: "--%s には%sを指定します。%q は使えません",
		Takes: map[string]Safe{"int": "整数", "int64": "整数", "uint16": "0から65535までの整数", "uint64": "0以上の整数",
			"duration": "20msや2sのような時間", "stringSlice": "コンマ区切りの語", "bool": "trueかfalse"},
		BadFlag: "%s というフラグの書き方はありません", Apart: "--%s と --%s は一緒に使えません", OneOf: "--%s に指定できるのは %s です。%q は使えません",
		AboveZero: "--rtt と --devices には0より大きい数を指定します", Amount: "--%s には0より大きい数を指定します。k、M、Gを付けられます",
		NotKey:      "%q はメールの番号ではありません。番号は `todoku list` の各行の先頭にあります",
		NoRecipient: "宛先がありません。--to ADDRESS で指定します", TooLong: "本文が %d MiB を超えています。--attach で添付します",
		WhichFlag:   "どの印かを指定します: --set seen、--clear flagged",
		ConsentSend: "%s に %s 宛ての短い試験メールを送りますか。相手にはこの端末のアドレスと差出人 <%s> が見えます。",
		Consent:     "%s に %s 宛てのメールを受け取るか尋ねますか。相手にはこの端末のアドレスと差出人 <%s> が見えます。",
		ConsentKey:  "y: 実行、ほかのキー: その手前で止める", Saved: "%s: イベント %d 件",
		MetBy: "起こる宛先", WhatItIs: "内容", Step: "段階",
	}
}
