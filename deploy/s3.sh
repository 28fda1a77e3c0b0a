#!/bin/sh
# Start SeaweedFS with one bucket, one key for it, and anonymous GET below public/ only.
# Everything but the S3 port stays on the container's loopback.
set -eu
umask 077

cat > /tmp/s3.json <<END
{"identities": [
  {"name": "app",
   "credentials": [{"accessKey": "$S3_KEY", "secretKey": "$S3_SECRET"}],
   "actions": ["Read:$S3_BUCKET", "Write:$S3_BUCKET", "List:$S3_BUCKET"]},
  {"name": "anonymous", "actions": ["Read:$S3_BUCKET/public/*"]}
]}
END

make_bucket() {
  until echo "s3.bucket.list" | weed shell -master=127.0.0.1:9333 -filer=127.0.0.1:8888 \
    | grep -q "^ *$S3_BUCKET[[:space:]]"; do
    echo "s3.bucket.create -name $S3_BUCKET" \
      | weed shell -master=127.0.0.1:9333 -filer=127.0.0.1:8888 || sleep 1
  done
  touch /tmp/ready
}
make_bucket &

exec weed -logtostderr server -dir="${S3_DIR:-/store}" -ip=127.0.0.1 -ip.bind=127.0.0.1 \
  -filer -filer.localSocket=/tmp/filer.sock \
  -s3 -s3.ip.bind=0.0.0.0 -s3.port=8333 -s3.config=/tmp/s3.json -s3.localSocket=/tmp/s3.sock \
  -s3.iam=false -s3.autoCreateBucket=false -s3.port.iceberg=0 -s3.port.lance=0 \
  -master.telemetry=false -master.volumeSizeLimitMB=1024 -volume.max=0 \
  -master.electionTimeout=200ms -master.heartbeatInterval=50ms -volume.preStopSeconds=0
