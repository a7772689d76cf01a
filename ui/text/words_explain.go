package text

// ExplainWords are the labels of the explain sheet; its sentences are diag/explain's.
type ExplainWords struct {
	Title, StepOf                           Safe
	Path, At, Said, Means, Likely, Do, Sure Safe
	Act, Foot, NotReached, NotKnown         Safe
	Remedies                                Safe // how many
	To, After, ToAfter                      Safe // to which command it was said, and after how long
	Again                                   Safe // the label of the command that reproduces it
	Same, CopySame, Dialogue                Safe // keys
	ProveBy                                 Safe // the label of the command that proves it
	AtPeer                                  Safe // how a step ended, and with whom
	Others                                  Safe // other recipients
	Cut, CutShort                           Safe // not all of the text was read
}

func englishExplain() ExplainWords {
	return ExplainWords{
		Title: "explain", StepOf: "step %d of 4",
		Act: "act", Path: "path", At: "at", Said: "said", Means: "means", Likely: "likely", Do: "do", Sure: "sure",
		Foot:       "w wire  y copy  esc back",
		NotReached: "not reached",
		Remedies:   "1-%d do it",
		To:         "to %s", After: "after %s", ToAfter: "to %s, after %s",
		Again: "sandbox", Same: "sandbox", CopySame: "copy: same in sandbox", Dialogue: "dialogue",
		ProveBy: "prove", AtPeer: "%s, %s",
		Others:   "others",
		NotKnown: "not known. The words are above.",
		Cut:      "cut", CutShort: "only the beginning was read: the text is longer than explain reads.",
	}
}

func japaneseExplain() ExplainWords {
	return ExplainWords{
		Title: "説明", StepOf: "段階 %d / 4",
		Act: "対応", Path: "経路", At: "相手", Said: "応答", Means: "意味", Likely: "原因", Do: "対処", Sure: "確度",
		Foot:       "w 通信  y コピー  esc 戻る",
		NotReached: "未到達",
		Remedies:   "1-%d 実行",
		To:         "%s への応答", After: "%s 後", ToAfter: "%s への応答、%s 後",
		Again: "再現", Same: "再現", CopySame: "再現するコマンドをコピー", Dialogue: "対話",
		ProveBy: "確認", AtPeer: "%s %s",
		Others:   "他の宛先",
		NotKnown: "わかりません。文言は上のとおりです。",
		Cut:      "一部", CutShort: "長すぎるため、始めの部分だけを読みました。",
	}
}
