metadata description = 'The app on Flex Consumption. It has no key and no connection string: one identity for storage, Service Bus, vault, telemetry and its own package.'

param name string
param planName string
param location string
param tags object
param nodeVersion string
param instanceMemoryMB int
param maximumInstanceCount int
param alwaysReadyInstances int
param httpConcurrency int
param largestBodyKB int
param onlyFromSenders bool
param senderRanges array
param operatorRanges array
param zoneRedundant bool
param subnetId string
param identityId string
param identityClientId string
param packageContainerUrl string
param hostStorageName string
param archiveBlobEndpoint string
param serviceBusHostName string
param vaultUri string
param applicationInsightsConnectionString string

@description('Accounts and namespaces beside the first, as the app reads them: name and endpoint.')
param archiveShards array
param namespaceShards array

param providers string
param extraSettings object

// Before the app is asked, the host parses every body as JSON, signed or not: so many bytes of its memory for each byte of the worst that
// anybody can send, or of what senders send (docs/real-host.md). What an instance has for that, and the largest body that it takes, give
// the requests that it may take at once: more would let anybody kill it.
var limits = loadJsonContent('../instance-limits.json')
var hostLimitKB = largestBodyKB + limits.kbAboveLargestBody
var bytesPerByte = onlyFromSenders ? limits.hostBytesPerBodyByte.fromSenders : limits.hostBytesPerBodyByte.fromAnybody
var requestsAtOnce = limits.mbForBodies[string(instanceMemoryMB)] * 1024 / (bytesPerByte * hostLimitKB)
var concurrency = httpConcurrency <= requestsAtOnce
  ? httpConcurrency
  : fail('An instance of ${instanceMemoryMB} MB takes ${requestsAtOnce} bodies of ${largestBodyKB} KB at once, not ${httpConcurrency}: lower httpConcurrency or largestBodyKB, or raise instanceMemoryMB')

// Ranges that senders publish, kept by "npm run sender-ranges": addresses, or a service tag of Azure.
var publishedRanges = loadJsonContent('../sender-ranges.json')
var unpublished = filter(providerNames, name => !contains(publishedRanges, name))
var allowedRanges = empty(unpublished) || !empty(senderRanges)
  ? union(flatten(map(providerNames, name => publishedRanges[?name] ?? [])), senderRanges, operatorRanges)
  : fail('onlyFromSenders: ${join(unpublished, ', ')} publish no ranges that sender-ranges.json has: name them in senderRanges')
var accessRules = [
  for (range, index) in (onlyFromSenders ? allowedRanges : []): {
    name: 'caller-${index}'
    action: 'Allow'
    priority: 100 + index
    tag: contains(range, ':') || contains('0123456789', substring(range, 0, 1)) ? 'Default' : 'ServiceTag'
    ipAddress: contains(range, '/') || !(contains(range, ':') || contains('0123456789', substring(range, 0, 1)))
      ? range
      : '${range}${contains(range, ':') ? '/128' : '/32'}'
  }
]

// Every name is one of the app's own settings, or belongs to the Functions host.
var settings = {
  AzureWebJobsStorage__accountName: hostStorageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsDisableHomepage: 'true'
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: string(hostLimitKB * 1024)
  AzureFunctionsJobHost__extensions__http__maxConcurrentRequests: string(requestsAtOnce)
  MAX_PAYLOAD_BYTES: string(largestBodyKB * 1024)
  AZURE_CLIENT_ID: identityClientId
  PayloadStorage__blobServiceUri: archiveBlobEndpoint
  PayloadStorage__credential: 'managedidentity'
  PayloadStorage__clientId: identityClientId
  ServiceBus__fullyQualifiedNamespace: serviceBusHostName
  ServiceBus__credential: 'managedidentity'
  ServiceBus__clientId: identityClientId
  KeyVault__vaultUri: vaultUri
  PROVIDERS: providers
}

// Collects earlier, for less memory at the same CPU (docs/performance.md). Arguments of its own keep the app from the worker that
// the platform has warm, so each cold start is slower: worth it only where memory is scarce.
var smallInstanceSettings = instanceMemoryMB > 512 ? {} : { languageWorkers__node__arguments: '--max-semi-space-size=4' }

var shardSettings = union(
  empty(archiveShards) ? {} : { PayloadStorage__shards: string(archiveShards) },
  empty(namespaceShards) ? {} : { ServiceBus__shards: string(namespaceShards) }
)

// What would lead the app to other stores and bots than the templates make, and what Flex Consumption refuses.
var elsewhere = [
  'azurewebjobsstorage'
  'bots_config'
  'enable_oryx_build'
  'functions_extension_version'
  'functions_worker_process_count'
  'functions_worker_runtime'
  'payloadstorage'
  'scm_do_build_during_deployment'
  'servicebus'
  'website_contentazurefileconnectionstring'
  'website_contentshare'
  'website_node_default_version'
  'website_run_from_package'
  'website_vnet_route_all'
]

// The first say how the parts find each other, and what an instance can bear.
var fixed = concat(
  map(objectKeys(union(settings, fallbackSecrets, shardSettings)), name => toLower(name)),
  elsewhere
)
var refused = filter(objectKeys(extraSettings), name => contains(fixed, toLower(name)))
var furtherSettings = empty(refused)
  ? mapValues(extraSettings, value => string(value))
  : fail('extraSettings: ${join(refused, ', ')} belong to the templates')

// What the vault holds, resolved and cached by the platform with the app's identity: the app reads these only while the vault does
// not answer it. A reference that is not resolved stays as its text, which the app takes for no secret.
var providerNames = union(filter(map(split(providers, ','), name => trim(name)), name => !empty(name)), [])
var fallbackSecrets = union(
  { ADMIN_TOKEN: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/admin-token)' },
  toObject(
    providerNames,
    name => 'WEBHOOK_SECRET_${toUpper(replace(name, '-', '_'))}',
    name => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${name}-webhook-secret)'
  )
)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'ingest' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      // Declared even when everybody may call: left out, the rules of an earlier deployment would stay on.
      ipSecurityRestrictions: accessRules
      ipSecurityRestrictionsDefaultAction: onlyFromSenders ? 'Deny' : 'Allow'
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictionsDefaultAction: 'Allow'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        triggers: { http: { perInstanceConcurrency: concurrency } }
      }
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: union(settings, shardSettings, fallbackSecrets, smallInstanceSettings, furtherSettings)
}

// Azure asks for a location, which the published type does not know.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'ftp'
  #disable-next-line BCP187
  location: location
  properties: { allow: false }
}

resource noDeploymentPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'scm'
  #disable-next-line BCP187
  location: location
  properties: { allow: false }
}

output name string = site.name
output baseUrl string = 'https://${site.properties.defaultHostName}'
