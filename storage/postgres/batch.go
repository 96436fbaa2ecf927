package postgres

import (
	"fmt"
	"strings"
	"time"
)

// Packed makes the array on the server.
func (dialect) Packed(names []string) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = name + "::text"
	}
	return fmt.Sprintf("json_build_array(%s)::text", strings.Join(texts, ", "))
}

// Time reads what the server writes when the zone is UTC and the style ISO.
func (dialect) Time(text string) (time.Time, error) {
	return time.Parse("2006-01-02 15:04:05.999999-07", text)
}
