#!/bin/sh
go generate ./... && git diff --exit-code
