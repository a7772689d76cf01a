package session

// childEnv tells the test program to be a client; see TestKill.
const childEnv = "TODOKU_TEST_CLIENT"

func runChild() int { return 0 }
