metadata name = 'A bot for Breakwater'
metadata description = 'A Flex Consumption function app that receives from one queue of Breakwater: one identity, storage of its own for the host, its package and what it remembers, and telemetry.'

@minLength(3)
@maxLength(24)
@description('Name of the bot: the names of its resources begin with it.')
param name string

@description('Region of every resource. Flex Consumption must be offered there.')
param location string = resourceGroup().location

@description('Host name of the namespace of Breakwater: BREAKWATER_SERVICE_BUS_HOST of its outputs.')
param serviceBusHostName string

@description('Queue of the bot, ordered in bots.json.')
param queueName string

@description('Blob endpoint of the archive of Breakwater, for payloads that are too large for a message.')
param archiveBlobEndpoint string

@description('Resource group of Breakwater: the bot is given access to its queue and the archived payloads there. Empty: Breakwater gives it, with the principal id of the outputs as one of its botPrincipals.')
param breakwaterResourceGroup string = ''

@allowed(['22', '24'])
param nodeVersion string = '24'

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 512

@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@minValue(1)
@description('Days for which the bot remembers what it has worked on.')
param rememberDays int = 9

@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

param tags object = {}

var roles = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}
var suffix = uniqueString(resourceGroup().id, name)
var seenContainerName = 'seen-by-bot'
var packageContainerName = 'app-package'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-${suffix}'
  location: location
  tags: tags
}

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: 'st${suffix}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
  }
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for container in [packageContainerName, seenContainerName]: {
    parent: blobService
    name: container
    properties: { publicAccess: 'None' }
  }
]

resource forget 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'forget-what-was-worked-on'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${seenContainerName}/seen/'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: rememberDays } } }
          }
        }
      ]
    }
  }
}

// Blobs for keys, leases, the package and what was worked on; tables for the diagnostic events of the host.
resource storageAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [roles.storageBlobDataOwner, roles.storageTableDataContributor]: {
    name: guid(account.id, identity.id, role)
    scope: account
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: 'log-${name}-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: logRetentionDays
    features: { disableLocalAuth: true }
  }
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}-${suffix}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
  }
}

resource publishesTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(applicationInsights.id, identity.id, roles.monitoringMetricsPublisher)
  scope: applicationInsights
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${name}-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: 'func-${name}-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp,linux'
  // The package and the first lease are read with these roles.
  dependsOn: [storageAccess, containers]
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${account.properties.primaryEndpoints.blob}${packageContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: {
    AzureWebJobsStorage__accountName: account.name
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identity.properties.clientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
    ServiceBus__fullyQualifiedNamespace: serviceBusHostName
    ServiceBus__credential: 'managedidentity'
    ServiceBus__clientId: identity.properties.clientId
    ArchiveStorage__blobServiceUri: archiveBlobEndpoint
    ArchiveStorage__credential: 'managedidentity'
    ArchiveStorage__clientId: identity.properties.clientId
    QUEUE: queueName
    SEEN_CONTAINER: seenContainerName
  }
}

module access 'access.bicep' = if (!empty(breakwaterResourceGroup)) {
  scope: resourceGroup(breakwaterResourceGroup)
  params: {
    namespaceName: split(serviceBusHostName, '.')[0]
    queueName: queueName
    archiveStorageName: split(split(archiveBlobEndpoint, '//')[1], '.')[0]
    identityId: identity.id
    principalId: identity.properties.principalId
  }
}

output appName string = site.name
output principalId string = identity.properties.principalId
