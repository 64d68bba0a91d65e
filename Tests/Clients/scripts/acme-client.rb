# What `ruby_acme_client.py` has the gem do, against the directory and with the ports that its environment tells.
require "acme-client"
require "socket"

PLACE = ENV.fetch("CAIRN_DIRECTORY")

def client(key, **more)
  Acme::Client.new(private_key: key, directory: PLACE, **more)
end

# Answers http-01 until the block returns.
def answering(contents)
  server = TCPServer.new("127.0.0.1", Integer(ENV.fetch("HTTP_PORT")))
  thread = Thread.new do
    loop do
      socket = server.accept
      path = socket.gets.to_s.split[1].to_s
      nil until ["\r\n", nil].include?(socket.gets)
      body = contents[path.delete_prefix("/")]
      socket.write("HTTP/1.1 #{body ? "200 OK" : "404 Not Found"}\r\nContent-Length: #{body.to_s.bytesize}\r\n" \
                   "Connection: close\r\n\r\n#{body}")
      socket.close
    end
  end
  yield
ensure
  thread&.kill
  server&.close
end

# Polls until the status is another, or the deadline has passed.
def settle(object, *passing)
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 30
  while passing.include?(object.status)
    raise "still #{object.status}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
    sleep 0.1
    object.reload
  end
  object
end

def authorize(order)
  contents = {}
  challenges = order.authorizations.map do |authorization|
    challenge = ENV["CHALLENGE"] == "dns-01" ? authorization.dns : authorization.http
    if challenge.is_a?(Acme::Client::Resources::Challenges::DNS01)
      name = "#{challenge.record_name}.#{authorization.domain}"
      system("dns-hook", "present", name, challenge.record_content, exception: true)
    else
      contents[challenge.filename] = challenge.file_content
    end
    challenge
  end
  answer = proc do
    challenges.each do |challenge|
      challenge.request_validation
      settle(challenge, "pending", "processing")
      raise "#{challenge.status}: #{challenge.error}" unless challenge.status == "valid"
    end
  end
  ENV["CHALLENGE"] == "dns-01" ? answer.call : answering(contents, &answer)
end

# A key whose coordinates begin with no octet 0: the gem leaves such an octet out of a JWK, and no CA takes that (RFC 7518
# §6.2.1.2), so one account in a hundred would fail.
def account_key_of_its_own
  loop do
    key = OpenSSL::PKey::EC.generate("prime256v1")
    point = key.public_key.to_bn.to_s(2)
    return key unless [point[1], point[33]].include?("\0")
  end
end

account_key = OpenSSL::PKey::RSA.new(2048)
client = client(account_key, bad_nonce_retry: 5)
account = client.new_account(contact: "mailto:someone@example.test", terms_of_service_agreed: true)
raise account.status unless account.status == "valid"

order = client.new_order(identifiers: ARGV)
authorize(order)
settle(order, "pending")
key = OpenSSL::PKey::EC.generate("prime256v1")
request = Acme::Client::CertificateRequest.new(private_key: key, names: ARGV, subject: { common_name: ARGV.first })
order.finalize(csr: request)
settle(order, "ready", "processing")
raise order.status unless order.status == "valid"
File.write("chain.pem", order.certificate)
File.write("key.pem", key.to_pem)

client.account_update(contact: "mailto:else@example.test")
new_key = account_key_of_its_own
client.account_key_change(new_private_key: new_key)
client(new_key, kid: client.kid).account

client.revoke(certificate: order.certificate)
begin
  client.revoke(certificate: order.certificate)
  abort "a certificate was revoked twice"
rescue Acme::Client::Error => error
  # This version has no class for alreadyRevoked (RFC 8555 §6.7).
  abort error.message unless error.message.include?("is revoked already")
  puts "revoked"
end
client.account_deactivate
