package policy

import (
	"net/url"
	"strings"
)

// RedactPasswords hides the passwords in values that records and explanations show:
// that of the key scm_user, and those in addresses such as
// git+https://user:password@host/path.
func RedactPasswords(key string, v Value) Value {
	switch v.kind {
	case KindText:
		if key == "scm_user" {
			return String(redactUser(v.text))
		}
		return String(redactAddress(v.text))
	case KindList:
		items := v.more.([]Value)
		out := make([]Value, len(items))
		for i, item := range items {
			out[i] = RedactPasswords(key, item)
		}
		return List(out...)
	case KindMap:
		out := make(map[string]Value)
		for k, item := range v.more.(map[string]Value) {
			out[k] = RedactPasswords(k, item)
		}
		return Map(out)
	}
	return v
}

const redacted = "REDACTED"

func redactUser(s string) string {
	if user, _, ok := strings.Cut(s, ":"); ok {
		return user + ":" + redacted
	}
	return s
}

func redactAddress(s string) string {
	if !strings.Contains(s, "://") || !strings.Contains(s, "@") {
		return s
	}
	u, err := url.Parse(s)
	if err != nil {
		// Whatever it is, nothing before the last @ is shown.
		scheme, rest, _ := strings.Cut(s, "://")
		return scheme + "://" + redacted + rest[max(0, strings.LastIndex(rest, "@")):]
	}
	if _, has := u.User.Password(); !has {
		return s
	}
	u.User = url.UserPassword(u.User.Username(), redacted)
	return u.String()
}
