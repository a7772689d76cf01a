package text

// RunsWords are said of recorded runs: what changed between two.
type RunsWords struct {
	Same, Was, Now Safe
}

func englishRuns() RunsWords {
	return RunsWords{
		Same: "Nothing changed in meaning.", Was: "was", Now: "now",
	}
}

func japaneseRuns() RunsWords {
	return RunsWords{
		Same: "意味のある変化はありません。", Was: "前", Now: "今",
	}
}
