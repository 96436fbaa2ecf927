package golden

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// envRoot names a directory of further golden files, one subdirectory an area.
const envRoot = "KOJIKIT_GOLDEN"

// All tells whether there are further golden files beside those of the package.
func All() bool { return os.Getenv(envRoot) != "" }

// Line is one line of a golden file.
type Line struct {
	File   string // path of the file
	Number int    // from 1
	Name   string // the line's member "name", or File:Number without one
	Text   json.RawMessage
}

// areaFileList is the files of an area and what the reader of the test's log
// should know about them.
type areaFileList struct {
	paths []string
	note  string
}

// areaFiles lists the files of an area: those of the package, and those below
// root if root is not empty. Every directory that exists must hold a file, lest a
// misplaced corpus passes unnoticed.
func areaFiles(root, area string) (areaFileList, error) {
	var list areaFileList
	paths, err := filesIn(filepath.Join("testdata", "golden", area))
	if err != nil {
		return list, err
	}
	list.paths = paths
	if root == "" {
		return list, nil
	}
	if info, err := os.Stat(root); err != nil {
		return list, fmt.Errorf("%s: %w", envRoot, err)
	} else if !info.IsDir() {
		return list, fmt.Errorf("%s: %s is not a directory", envRoot, root)
	}
	paths, err = filesIn(filepath.Join(root, area))
	if errors.Is(err, fs.ErrNotExist) {
		list.note = fmt.Sprintf("%s=%s has no directory %s: only the cases of the package are run", envRoot, root, area)
		return list, nil
	}
	list.paths = append(list.paths, paths...)
	return list, err
}

func filesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".jsonl") || strings.HasSuffix(e.Name(), ".jsonl.gz") {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s holds no .jsonl or .jsonl.gz file", dir)
	}
	return paths, nil
}

// readLines yields the lines of a file as they are read, however long they are.
// Blank lines are left out.
func readLines(path string) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(Line{}, err)
			return
		}
		defer f.Close()
		var in io.Reader = f
		if strings.HasSuffix(path, ".gz") {
			if in, err = gzip.NewReader(f); err != nil {
				yield(Line{}, fmt.Errorf("%s: %w", path, err))
				return
			}
		}
		r := bufio.NewReaderSize(in, 1<<16)
		lines := 0
		for number := 1; ; number++ {
			text, err := r.ReadBytes('\n')
			if text = bytes.TrimSpace(text); len(text) > 0 && (err == nil || err == io.EOF) {
				lines++
				if !yield(newLine(path, number, text), nil) {
					return
				}
			}
			switch {
			case err == io.EOF && lines == 0:
				yield(Line{}, fmt.Errorf("%s holds no case", path))
				return
			case err == io.EOF:
				return
			case err != nil:
				yield(Line{}, fmt.Errorf("%s:%d: %w", path, number, err))
				return
			}
		}
	}
}

func newLine(path string, number int, text []byte) Line {
	var named struct {
		Name string `json:"name"`
	}
	l := Line{File: path, Number: number, Text: text}
	// A line that is no JSON map fails when it is run, with its place.
	if json.Unmarshal(text, &named) == nil && named.Name != "" {
		l.Name = named.Name
	} else {
		l.Name = fmt.Sprintf("%s:%d", filepath.Base(path), number)
	}
	return l
}
