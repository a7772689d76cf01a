package text

// RunsWords are said of recorded runs: what changed between two, and the page made of one. Their findings are
// diag/explain's.
type RunsWords struct {
	Same, Was, Now, Colon Safe

	Page, Path, Also, About, Time, TimeNote        Safe
	To, Sender, SeenFrom, When, Took, DNSSEC, Seed Safe
	Certificate, Issuer, Names, Valid              Safe
	IsMasked, IsOpen, NoBody                       Safe
}

// ChangedFact is one side of a change between two runs: states and verdicts have words, all else is as the protocols say.
func (c *Catalogue) ChangedFact(code, fact string) Safe {
	switch code {
	case "change.run.step":
		return c.Levels[fact]
	case "change.run.verdict":
		return c.Verdicts[fact]
	case "change.compare.can", "change.compare.worse", "change.compare.cannot", "change.compare.known", "change.compare.offered", "change.compare.not-offered",
		"change.compare.port.open", "change.compare.port.closed":
		return c.Levels[fact]
	case "change.compare.place":
		return c.Versus.Places[fact]
	case "change.run.server.fails", "change.run.server.answers", "change.compare.way", "change.compare.advice":
		return "" // the findings say it
	}
	return Clean(fact)
}

func englishRuns() RunsWords {
	return RunsWords{
		Same: "Nothing changed in meaning.", Was: "was", Now: "now", Colon: ": ",
		Page: "Delivery trace", Path: "The way of a message", Also: "Wrong beside it", About: "This run",
		Time: "Where the time went", TimeNote: "One scale for all. Solid: the length of the run came from it; faint: it ran beside.",
		To: "traced", Sender: "envelope sender", SeenFrom: "seen from", When: "when", Took: "took", DNSSEC: "DNSSEC", Seed: "seed",
		Certificate: "certificate", Issuer: "signed by", Names: "names", Valid: "valid",
		IsMasked: "Local parts of addresses are masked.", IsOpen: "Addresses stand in full.",
		NoBody: "No message was sent for this trace and none is in this page; passwords were removed before it was recorded. Made by todoku.",
	}
}

func japaneseRuns() RunsWords {
	return RunsWords{
		Same: "意味のある変化はありません。", Was: "前", Now: "今", Colon: ": ",
		Page: "配送経路の追跡", Path: "メールの経路", Also: "ほかの問題", About: "この記録",
		Time: "時間の内訳", TimeNote: "すべて同じ尺度です。濃い帯が所要時間を決めた経路、薄い帯は並行して進んだものです。",
		To: "宛先", Sender: "エンベロープの差出人", SeenFrom: "接続元", When: "日時", Took: "所要時間", DNSSEC: "DNSSEC", Seed: "シード",
		Certificate: "証明書", Issuer: "発行者", Names: "名前", Valid: "有効期間",
		IsMasked: "アドレスの @ の左側は伏せてあります。", IsOpen: "アドレスは伏せていません。",
		NoBody: "この追跡ではメールを送っておらず、このページにメールの本文はありません。パスワードは記録の前に除いてあります。todoku が作成しました。",
	}
}
