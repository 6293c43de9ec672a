package main

import (
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// logFlags say how agent and dev log, to standard error.
type logFlags struct {
	level, format string
}

func (l *logFlags) declare(cmd *cobra.Command, format string) {
	cmd.Flags().StringVar(&l.level, "log-level", "info", "`least` level: debug, info, warn or error")
	cmd.Flags().StringVar(&l.format, "log-format", format, "`form` of the log: console, json, or auto: console on a terminal")
	choices(cmd, "log-level", "debug", "info", "warn", "error")
	choices(cmd, "log-format", "auto", "console", "json")
}

func (l *logFlags) logger(g *globals, cmd *cobra.Command) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(l.level)
	if err != nil || strings.TrimSpace(l.level) == "" {
		return nil, usage(cmd.CommandPath(), "--log-level %q: allowed are debug, info, warn, error", l.level)
	}
	out := cmd.ErrOrStderr()
	format := l.format
	if format == "auto" {
		format = map[bool]string{true: "console", false: "json"}[terminal(out)]
	}
	var encoder zapcore.Encoder
	config := zap.NewProductionEncoderConfig()
	switch format {
	case "json":
		config.TimeKey = "time"
		config.EncodeTime = zapcore.ISO8601TimeEncoder
		config.EncodeDuration = zapcore.StringDurationEncoder
		encoder = zapcore.NewJSONEncoder(config)
	case "console":
		config.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		config.EncodeDuration = zapcore.StringDurationEncoder
		config.EncodeLevel = zapcore.CapitalLevelEncoder
		if g.colored(out) {
			config.EncodeLevel = zapcore.CapitalColorLevelEncoder
		}
		config.ConsoleSeparator = "  "
		encoder = zapcore.NewConsoleEncoder(config)
	default:
		return nil, usage(cmd.CommandPath(), "--log-format %q: allowed are auto, console, json", l.format)
	}
	sink, ok := out.(zapcore.WriteSyncer)
	if !ok {
		sink = zapcore.AddSync(out)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(sink), level)), nil
}
