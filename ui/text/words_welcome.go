package text

// WelcomeWords are the words of the first run.
type WelcomeWords struct {
	Title    Safe
	Motto    Safe
	Name     Safe
	GoOn     Safe
	Right    Safe
	Ask      Safe
	Look     Safe
	Write    Safe // path
	Promise  Safe
	Foot     Safe
	Starting Safe
	Written  Safe // path
	NotBegun Safe // error
}

func englishWelcome() WelcomeWords {
	return WelcomeWords{
		Title: "todoku  届く  it arrives", Motto: "届く  it arrives", Name: "first run", GoOn: "go on",
		Right:    "5 日本語",
		Ask:      "No account yet. What would you like?",
		Look:     "Look around: a small Internet inside this program, offline, with mail to read",
		Write:    "Write the settings by hand: %s",
		Promise:  "Nothing leaves this machine until you add an account.",
		Foot:     "choose",
		Starting: "starting the small Internet",
		Written:  "Wrote an example to %s. Edit it, then start todoku again.",
		NotBegun: "It did not work: %s.",
	}
}

func japaneseWelcome() WelcomeWords {
	return WelcomeWords{
		Title: "todoku  届く", Motto: "届く", Name: "最初の画面", GoOn: "決定",
		Right:    "5 English",
		Ask:      "アカウントがまだありません。どうしますか。",
		Look:     "見て回る: このプログラムの中の小さなインターネット。接続不要、読めるメールつき",
		Write:    "設定を自分で書く: %s",
		Promise:  "アカウントを追加するまで、このマシンから外へは何も出ません。",
		Foot:     "選ぶ",
		Starting: "小さなインターネットを起動しています",
		Written:  "%s に見本を書きました。編集してから todoku を起動し直します。",
		NotBegun: "うまくいきませんでした: %s。",
	}
}
