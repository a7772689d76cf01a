package text

// ComposeWords are the words of writing and sending.
type ComposeWords struct {
	Title Safe
}

func englishCompose() ComposeWords { return ComposeWords{Title: "write"} }

func japaneseCompose() ComposeWords { return ComposeWords{Title: "作成"} }
