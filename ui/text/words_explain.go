package text

// ExplainWords are the labels of the explain sheet; its sentences are diag/explain's.
type ExplainWords struct {
	Title, StepOf                           Safe
	Path, At, Said, Means, Likely, Do, Sure Safe
	Act, Foot, NotReached, NotKnown         Safe
	Remedies                                Safe // how many
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
		Others:     "others",
		NotKnown:   "not known. The words are above.",
		Cut:        "cut", CutShort: "only the beginning was read: the text is longer than explain reads.",
	}
}

func japaneseExplain() ExplainWords {
	return ExplainWords{
		Title: "説明", StepOf: "段階 %d / 4",
		Act: "対応", Path: "経路", At: "相手", Said: "応答", Means: "意味", Likely: "原因", Do: "対処", Sure: "確度",
		Foot:       "w 通信  y コピー  esc 戻る",
		NotReached: "未到達",
		Remedies:   "1-%d 実行",
		Others:     "他の宛先",
		NotKnown:   "わかりません。文言は上のとおりです。",
		Cut:        "一部", CutShort: "長すぎるため、始めの部分だけを読みました。",
	}
}
