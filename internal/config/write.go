package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
)

// Edit is a change of a file of settings that is not written yet.
type Edit struct {
	Lines []EditedLine // of a server's change
	path  string
	was   []byte
	now   []byte
	fresh bool // the file is not there yet
}

// Digest names the change: what the file was when it was planned, and what it becomes.
func (e *Edit) Digest() string {
	was, now := sha256.Sum256(e.was), sha256.Sum256(e.now)
	return hex.EncodeToString(was[:]) + hex.EncodeToString(now[:])
}

// Write writes the change as a whole or not at all, and not if the file is another one by now. A new file is its owner's alone.
func (e *Edit) Write() error {
	if e.fresh {
		if err := os.MkdirAll(filepath.Dir(e.path), 0o700); err != nil {
			return err
		}
		return e.replace(e.path, 0o600)
	}
	path, err := filepath.EvalSymlinks(e.path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return e.replace(path, info.Mode().Perm())
}

// replace puts the file at path by a temporary one beside it.
func (e *Edit) replace(path string, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".todoku-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // where it was not renamed
	_, err = f.Write(e.now)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := e.unchanged(path); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// unchanged tells whether the file is the one that the change was planned for.
func (e *Edit) unchanged(path string) error {
	if e.fresh {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			return errors.Join(err, ErrMeanwhile)
		}
		return nil
	}
	if there, err := readFile(path); err != nil || !bytes.Equal(there, e.was) {
		return errors.Join(err, ErrMeanwhile)
	}
	return nil
}
