package policy

import (
	"slices"
	"strconv"
	"strings"
)

// Grammar is the language of a hook's actions.
type Grammar uint8

// The grammars.
const (
	FreeActions     Grammar = iota // anything
	AccessActions                  // allow or deny, with a reason
	ChannelActions                 // use NAME, req or parent
	PriorityActions                // stay, set N or adjust N
	VolumeActions                  // the name of a volume
	SCMActions                     // allow or deny, with use_common and a command
	PruneActions                   // keep, untag or skip
)

// String shows what an action looks like.
func (g Grammar) String() string {
	return [...]string{
		"any text", "allow [REASON] | deny [REASON]", "use CHANNEL | req | parent", "stay | set N | adjust N", "VOLUME",
		"allow [use_common] [none | COMMAND...] | deny [REASON]", "keep | untag | skip",
	}[g]
}

// check returns what is wrong with an action, or "", and a suggestion. The names
// are those that exist, nil if they are not known.
func (g Grammar) check(action string, channels, volumes []string) (problem, suggestion string) {
	fields := strings.FieldsFunc(action, isSpace)
	first := ""
	if len(fields) > 0 {
		first = fields[0]
	}
	switch g {
	case AccessActions:
		return oneOf(strings.ToLower(first), "allow", "deny")
	case ChannelActions:
		return checkChannel(fields, first, channels)
	case PriorityActions:
		return checkPriority(fields, first)
	case VolumeActions:
		if volumes != nil && !slices.Contains(volumes, action) {
			return "there is no volume " + quote(action), didYouMean(action, volumes)
		}
	case SCMActions:
		if problem, suggestion := oneOf(strings.ToLower(first), "allow", "allowed", "yes", "true", "deny"); problem != "" {
			return problem + ", and so denies", suggestion
		}
	case PruneActions:
		if problem, suggestion := oneOf(first, "keep", "untag", "skip"); problem != "" {
			return problem, suggestion
		}
		if len(fields) > 1 {
			return "with more than one word the action does nothing", "write only " + first
		}
	}
	return "", ""
}

// oneOf returns what is wrong with a word that must be one of some.
func oneOf(word string, known ...string) (problem, suggestion string) {
	if slices.Contains(known, word) {
		return "", ""
	}
	suggestion = didYouMean(word, known)
	if suggestion == "" {
		suggestion = "write one of " + strings.Join(known, ", ")
	}
	return quote(word) + " is no action here", suggestion
}

func checkChannel(fields []string, first string, channels []string) (problem, suggestion string) {
	if problem, suggestion := oneOf(first, "use", "req", "parent"); problem != "" {
		return problem, suggestion
	}
	if first != "use" {
		return "", ""
	}
	if len(fields) == 1 {
		return "use lacks the name of a channel", "write use NAME"
	}
	if channels != nil && !slices.Contains(channels, fields[1]) {
		return "there is no channel " + quote(fields[1]), didYouMean(fields[1], channels)
	}
	return "", ""
}

func checkPriority(fields []string, first string) (problem, suggestion string) {
	if problem, suggestion := oneOf(first, "stay", "set", "adjust"); problem != "" {
		return problem, suggestion
	}
	if first == "stay" {
		return "", ""
	}
	if len(fields) == 1 {
		return first + " lacks a number", "write " + first + " N"
	}
	if _, err := parsePriority(fields[1]); err != nil {
		return quote(fields[1]) + " is no integer", ""
	}
	return "", ""
}

// parsePriority reads the number of a priority action.
func parsePriority(s string) (int, error) {
	n, ok := parseNumber(s)
	if !ok || n.isFloat || n.large != nil {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(strconv.FormatInt(n.integer, 10))
}
